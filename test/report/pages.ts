import { REPORTERS } from '../../src/report/reporters.js';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import { pairOf } from '../score/fixture.js';

export const LINKS = { baseline: '../a/run.json', split: '../b/run.json' };

/** The page of a single pair. */
export function page(pair: Pair): Promise<string> | string {
  return REPORTERS.html.render({ pair, scorecard: score([pair]), links: LINKS });
}

/** A pair in which every text that may come from elsewhere is `text`. */
export function pairNamed(text: string): Pair {
  return pairOf(undefined, (pair) => {
    for (const run of [pair.baseline, pair.split]) {
      run.id = text;
      run.plan.workload.name = text;
      run.plan.policy.name = text;
      run.plan.policy.description = text;
      run.plan.topology.settings[text] = text;
      run.plan.machine.cpuModel = text;
      run.warnings.push(text);
      for (const { statements } of run.volume)
        for (const statement of statements) Object.assign(statement, { text, name: text, group: text });
      for (const pool of run.pools) pool.node = text;
      run.load.errors.push({ category: 'read', operation: text, code: text, count: 1 });
      run.load.missingErrors = [{ category: 'read', operation: text, code: text, count: 1 }];
      run.load.skips.push({ reason: text, count: 1 });
    }
    pair.split.plan.workload.traceSha256 = text;
  });
}

/** A pair that ran 300 statements of 3 kB each. */
export function pairOfLongStatements(): Pair {
  return pairOf(undefined, ({ baseline, split }) => {
    for (const { volume } of [baseline, split])
      for (const each of volume)
        each.statements = Array.from({ length: 300 }, (_, i) => ({
          ...{ kind: 'read' as const, category: 'read' as const },
          ...{ calls: 9, execMs: i, rows: 9, blocks: 9 },
          text: `select ${i}, ${'column_of_a_table, '.repeat(160)}1`,
        }));
  });
}
