import type { RequestCategory } from './policy.js';
import type { RouteReason, RouterStats } from './types.js';

type Row = RouterStats['requests'][number];

/** Requests by category, group, node and reason. */
export class Counters {
  readonly #rows = new Map<string, Row>();

  count(category: RequestCategory, group: string, node: string, reason: RouteReason, ok: boolean): void {
    const key = `${category}|${node}|${reason}|${group}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = { category, group, node, reason, ok: 0, failed: 0 };
      this.#rows.set(key, row);
    }
    if (ok) row.ok++;
    else row.failed++;
  }

  rows(): Row[] {
    return [...this.#rows.values()].map((row) => ({ ...row }));
  }
}
