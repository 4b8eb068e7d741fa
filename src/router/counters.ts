import type { RequestCategory } from './policy/policy.js';
import type { RequestCount, RouteReason } from './types.js';

type Level<T> = Map<string, T>;

/** Requests by category, group, node and reason. Level by level: to make one key of the four costs more than all else. */
export class Counters {
  readonly #rows: RequestCount[] = [];
  readonly #groups: Level<Level<Level<Level<RequestCount>>>> = new Map();

  count(category: RequestCategory, group: string, node: string, reason: RouteReason, ok: boolean): void {
    const categories = within(this.#groups, group, () => new Map());
    const reasons = within(
      within(categories, category, () => new Map()),
      node,
      () => new Map(),
    );
    const row = within(reasons, reason, () => {
      const first: RequestCount = { category, group, node, reason, ok: 0, failed: 0 };
      this.#rows.push(first);
      return first;
    });
    if (ok) row.ok++;
    else row.failed++;
  }

  rows(): RequestCount[] {
    return this.#rows.map((row) => ({ ...row }));
  }
}

function within<T>(level: Level<T>, key: string, make: () => T): T {
  let value = level.get(key);
  if (value === undefined) {
    value = make();
    level.set(key, value);
  }
  return value;
}
