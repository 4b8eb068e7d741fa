import { benchmark } from './benchmark.js';
import { html } from './html/page.js';
import { json } from './json.js';
import { junit } from './junit.js';
import { markdown } from './markdown.js';
import { openmetrics } from './openmetrics.js';
import type { Reporter } from './reporter.js';
import { terminal } from './terminal.js';

/** Every format that a comparison can be told in. */
export const REPORTERS = {
  html,
  json,
  junit,
  markdown,
  openmetrics,
  benchmark,
  terminal,
} satisfies Record<string, Reporter>;

export type Format = keyof typeof REPORTERS;

/** Those that are written as files. */
export const FORMATS = (Object.keys(REPORTERS) as Format[]).filter((format) => format !== 'terminal');

/** What is always written: for people, and for programs. */
export const DEFAULT_FORMATS: readonly Format[] = ['html', 'json'];
