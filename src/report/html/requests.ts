import { formatCount, formatPercent } from '../../machine/pure.js';
import { PAIR_SIDES, type PairSide } from '../../record/pure.js';
import { ROUTE_REASONS, type RouteReason } from '../../router/reasons.js';
import type { Pair } from '../../score/index.js';
import { markup } from './markup.js';
import type { Section } from './section.js';
import { bothSides, type Cell, tableOf } from './table.js';

/** Where the router sent what, and why. */
export const requests: Section = {
  title: 'Where statements went',
  body({ pair }) {
    const routes = routesOf(pair);
    if (routes.length === 0) return markup`<p>The router counted no statements.</p>`;
    const cell = (route: Route, side: PairSide): Cell => {
      const sent = route[side];
      const all = routes.reduce((sum, each) => sum + each[side], 0);
      return {
        text: sent === 0 ? 'none' : `${formatCount(sent)} (${formatPercent((sent / all) * 100, 2)})`,
        sort: sent,
      };
    };
    const caption = 'Statements by category, node and reason, over the whole run';
    const columns = ['Category', 'Node', 'Why there', ...bothSides()];
    const rows = routes.map((route) => [
      route.category,
      route.node,
      ROUTE_REASONS[route.reason],
      cell(route, 'baseline'),
      cell(route, 'split'),
    ]);
    return tableOf({ caption, columns, rows }, { sortable: true });
  },
};

interface Route extends Record<PairSide, number> {
  category: string;
  node: string;
  reason: RouteReason;
}

/** What each side sent each way, by the names of the ways. */
function routesOf(pair: Pair): Route[] {
  const routes = new Map<string, Route>();
  for (const side of PAIR_SIDES) {
    for (const { category, node, reason, ok, failed } of pair[side].router.requests) {
      const key = [category, node, reason].join('\n');
      const route = routes.get(key) ?? { category, node, reason, baseline: 0, split: 0 };
      routes.set(key, route);
      route[side] += ok + failed;
    }
  }
  return [...routes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, route]) => route);
}
