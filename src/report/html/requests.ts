import { formatCount, formatPercent } from '../../machine/pure.js';
import type { RunRecord } from '../../record/pure.js';
import { ROUTE_REASONS, type RouteReason } from '../../router/reasons.js';
import type { Pair } from '../../score/index.js';
import { type Html, markup } from './markup.js';
import { tableOf } from './table.js';

/** Where the router sent what, and why. */
export function requestsTable({ baseline, split }: Pair): Html {
  const before = counted(baseline);
  const after = counted(split);
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  if (keys.length === 0) return markup`<p>The router counted no statements.</p>`;
  const all = (counts: Map<string, number>) => [...counts.values()].reduce((sum, count) => sum + count, 0);
  const cell = (counts: Map<string, number>, key: string) => {
    const count = counts.get(key) ?? 0;
    const share = all(counts) > 0 ? ` (${formatPercent((count / all(counts)) * 100, 2)})` : '';
    return { text: count === 0 ? 'none' : `${formatCount(count)}${share}`, sort: count };
  };
  return tableOf(
    {
      caption: 'Statements by category, node and reason, over the whole run',
      columns: [
        { head: 'Category' },
        { head: 'Node' },
        { head: 'Why there' },
        { head: 'Baseline', numeric: true, side: 'baseline' },
        { head: 'Split', numeric: true, side: 'split' },
      ],
      rows: keys.map((key) => {
        const [category = '', node = '', reason = ''] = key.split('\n');
        return [category, node, ROUTE_REASONS[reason as RouteReason], cell(before, key), cell(after, key)];
      }),
    },
    { sortable: true },
  );
}

function counted(run: RunRecord): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { category, node, reason, ok, failed } of run.router.requests) {
    const key = [category, node, reason].join('\n');
    counts.set(key, (counts.get(key) ?? 0) + ok + failed);
  }
  return counts;
}
