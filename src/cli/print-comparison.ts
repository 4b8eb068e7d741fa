import type { Compared } from '../compare/index.js';
import { REPORTERS } from '../report/index.js';
import { say, sayAside, sayReport, showsColours } from './output.js';

/** Prints a comparison: the scorecard in words and where its report is, or the scorecard as JSON. */
export async function printComparison(
  { report, written, pngs, notes }: Compared,
  flags: { json?: boolean },
): Promise<void> {
  sayAside(...notes);
  const options = { colour: showsColours() };
  sayReport(await REPORTERS[flags.json ? 'json' : 'terminal'].render(report, options));
  if (flags.json) return;
  const { html, json, ...others } = written;
  const files = [...Object.values(others), ...pngs];
  say('', `Report: ${html ?? json ?? files.shift()}`);
  if (files.length > 0) say(`Also written: ${files.join(', ')}`);
}
