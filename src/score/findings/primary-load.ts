import { formatPercent, meanOf, sumOf } from '../../machine/pure.js';
import { primaryCpuPercent } from '../figures/cpu.js';
import { valuesOf } from '../figures/figure.js';
import type { FindingRule } from './finding.js';
import { executedIn, longestOn } from './statements.js';

/** What still keeps the primary busy. Times contain waits for the CPU, which all statements of a server share. */
export const primaryLoad: FindingRule = {
  title: 'What keeps the primary busy',
  find(splits) {
    const used = valuesOf({ of: primaryCpuPercent }, splits);
    const statements = executedIn(splits).filter(({ calls }) => calls.primary > 0);
    if (!used || statements.length === 0) return null;
    const time = (some: typeof statements) => sumOf(some, ({ execMs }) => execMs.primary);
    const writes = statements.filter(({ kind }) => kind === 'write');
    const percent = (time(writes) / time(statements)) * 100;
    const value = meanOf(used);
    return {
      sentence: `In the split, the primary still uses ${formatPercent(value)} of one node’s CPU budget. Writes take ${formatPercent(percent)} of its statements’ execution time, reads ${formatPercent(100 - percent)}.`,
      advice:
        percent >= 50
          ? 'Writes can’t move to a replica: only cheaper writes, or a bigger primary, bring this down much further.'
          : 'Most of it is reads: making the longest of them cheaper helps, whichever server they run on.',
      figure: { title: 'CPU of the primary in the split', value, unit: 'percent', limit: null },
      statements: longestOn('primary', statements),
    };
  },
};
