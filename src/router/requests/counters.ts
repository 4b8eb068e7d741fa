import { PINNING_STATES, SESSION_STATES } from '../sql/effect.js';
import type { KeptConnections, PinningStats, RequestCount } from '../types.js';
import type { Route } from './route.js';

type Level<T> = Map<string, T>;

/** Requests by category, group, node and reason. Level by level: to make one key of the four costs more than all else. */
export class Counters {
  /** Reads and connections that went to the primary because no replica could answer. */
  fallbacks = 0;
  misdeclaredWrites = 0;
  readonly pinning = Object.fromEntries(
    PINNING_STATES.map((state) => [state, { clients: 0, reads: 0 }]),
  ) as PinningStats;
  /** Clients in transaction mode that kept their connection between two transactions. */
  readonly kept = Object.fromEntries(
    Object.keys(SESSION_STATES).map((state) => [state, 0]),
  ) as KeptConnections;
  readonly #rows: RequestCount[] = [];
  readonly #groups: Level<Level<Level<Level<RequestCount>>>> = new Map();

  count({ category, group = '', node: server, reason }: Route, ok: boolean): void {
    const node = server?.name ?? 'primary';
    const categories = within(this.#groups, group, () => new Map());
    const nodes = within(categories, category, () => new Map());
    const reasons = within(nodes, node, () => new Map());
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
