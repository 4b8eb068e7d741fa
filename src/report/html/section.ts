import type { Chart, Charts } from '../charts/charts.js';
import type { ReportInput } from '../reporter.js';
import type { Html } from './markup.js';

/** What a section is made from. */
export interface PageInput extends ReportInput {
  charts: Charts;
  /** The still picture of a chart as a data URL; null where none could be drawn. */
  pictureOf(chart: Chart): string | null;
}

/** A part of the page with a heading, reachable from the list at its top: one line of the table of sections. */
export interface Section {
  title: string;
  /** Null where there is nothing to say: then the page is without it. */
  body(input: PageInput): Html | null;
}
