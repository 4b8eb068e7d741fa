import type { Command } from 'commander';
import { type Trend, trendOver } from '../compare/index.js';
import { formatRatio } from '../machine/pure.js';
import { valueOfKind } from '../report/index.js';
import { type Drift, LEAST_FOR_DRIFT } from '../score/index.js';
import { addExamples } from './examples.js';
import { say, sayJson } from './output.js';

/** `bench trend`: the same targets over many comparisons, and whether they drift. */
export function trendCommand(bench: Command): void {
  const command = bench
    .command('trend')
    .description('show the targets over many comparisons, oldest first, and whether they drift')
    .argument('<paths...>', 'folders of reports, or compare.json files')
    .option('--json', 'print values and drifts as JSON')
    .action(async (paths: string[], flags: { json?: boolean }) => {
      const trend = await trendOver(paths);
      if (flags.json) sayJson(trend);
      else say(...inWords(trend));
    });
  addExamples(command, {
    'bench trend reports': 'all comparisons in a folder of reports',
    'bench trend nightly/*/compare.json --json': 'for a program',
  });
}

function inWords({ comparisons, drifts, notes }: Trend): string[] {
  const heads = ['Comparison', 'Policy', ...drifts.map(({ title }) => title)];
  const lines = comparisons.map(({ id, policy, valid }, index) => [
    valid ? id : `${id} (not valid)`,
    policy,
    ...drifts.map((drift) => {
      const value = drift.values[index] ?? null;
      return value === null ? '–' : valueOfKind(drift, value);
    }),
  ]);
  const widths = heads.map((_, column) => Math.max(...[heads, ...lines].map((line) => line[column]!.length)));
  const table = [heads, ...lines].map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return [...table, '', ...drifts.map(driftInWords), ...notes];
}

function driftInWords({ title, drift, rise, pValue, usable }: Drift): string {
  if (drift === 'too-few')
    return `${title}: ${usable} comparisons have a usable value; at least ${LEAST_FOR_DRIFT} are needed to look for a drift.`;
  const found =
    drift === 'none-found' ? 'no drift found' : `drifts, for the ${drift === 'worse' ? 'worse' : 'better'}`;
  const p = pValue! < 0.001 ? 'p < 0.001' : `p = ${pValue!.toFixed(3)}`;
  return `${title}: ${found}; from first to last the split needs ${formatRatio(rise!)} of what it did (Mann-Kendall, ${p}; Theil-Sen).`;
}
