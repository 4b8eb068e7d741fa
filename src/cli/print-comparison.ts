import type { Compared } from '../compare/index.js';
import { REPORTERS } from '../report/index.js';

/** Prints a comparison: the scorecard in words and where its report is, or the scorecard as JSON. */
export async function printComparison({ report, html }: Compared, flags: { json?: boolean }): Promise<void> {
  const colour = process.stdout.isTTY === true && process.stdout.hasColors();
  const text = await REPORTERS[flags.json ? 'json' : 'terminal'].render(report, { colour });
  process.stdout.write(flags.json ? text : `${text}\nReport: ${html}\n`);
}
