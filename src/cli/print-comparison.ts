import type { Compared } from '../compare/index.js';
import { REPORTERS } from '../report/index.js';
import type { Failure } from '../score/index.js';
import { columns, say, sayAside, sayReport, showsColours } from './output.js';

/**
 * Prints a comparison: the scorecard in words and where its report is, or the scorecard as JSON.
 * @param how.failOn what closes the gate; default: all of it
 */
export async function printComparison(
  { report, written, pngs, notes }: Compared,
  { json: asJson, failOn }: { json?: boolean; failOn?: readonly Failure[] | undefined },
): Promise<void> {
  sayAside(...notes);
  const options = { colour: showsColours(), width: columns(), failOn };
  sayReport(await REPORTERS[asJson ? 'json' : 'terminal'].render(report, options));
  if (asJson) return;
  const { html, json, ...others } = written;
  const files = [...Object.values(others), ...pngs];
  say('', `Report: ${html ?? json ?? files.shift()}`);
  if (files.length > 0) say(`Also written: ${files.join(', ')}`);
}
