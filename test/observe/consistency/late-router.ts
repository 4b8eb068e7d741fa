import type { QueryConfig } from 'pg';
import type { Router, Session } from '../../../src/router/index.js';

interface LateSession extends Session {
  /** By row: the version it wrote or read. */
  floor: Record<number, number>;
}

/**
 * A router in memory whose replica is `behind` versions late, row by row. It sends every `replicaEvery`-th read there,
 * but only if the replica has what the session wrote and read. What shall be wrong with it is said in `broken`.
 */
export class LateCluster {
  readonly versions: number[] = [];
  #reads = 0;
  #writes = 0;

  constructor(
    readonly behind: number,
    readonly replicaEvery = 1,
    /** Every n-th write fails after, or before, it was committed. */
    readonly failures: { afterCommit?: number; beforeCommit?: number } = {},
  ) {}

  router(broken: { ignoresSessions?: boolean; forgetsTokens?: boolean } = {}): Router {
    const session = (token = ''): LateSession => ({
      floor: token && !broken.forgetsTokens ? JSON.parse(token) : {},
      token() {
        return JSON.stringify(this.floor);
      },
    });
    const query = async (
      statement: QueryConfig<number[]>,
      _: undefined,
      options: { session: LateSession },
    ) => {
      const { floor } = options.session;
      const [row = 0] = statement.values ?? [];
      const saw = (version: number) => {
        floor[row] = Math.max(floor[row] ?? 0, version);
        return [{ version }];
      };
      if (statement.text === 'write') {
        const n = ++this.#writes;
        if (n % (this.failures.beforeCommit ?? Infinity) === 0) throw fail('57P01');
        const version = (this.versions[row] ?? 0) + 1;
        this.versions[row] = version;
        if (n % (this.failures.afterCommit ?? Infinity) === 0) throw fail('MAYBE_COMMITTED');
        return { rows: saw(version), routing: { node: 'primary', role: 'primary', reason: 'write' } };
      }
      const onPrimary = this.versions[row] ?? 0;
      const onReplica = Math.max(0, onPrimary - this.behind);
      const wanted = ++this.#reads % this.replicaEvery === 0;
      const replica = wanted && (broken.ignoresSessions || onReplica >= (floor[row] ?? 0));
      return replica
        ? { rows: saw(onReplica), routing: { node: 'replica', role: 'replica', reason: 'policy-replica' } }
        : { rows: saw(onPrimary), routing: { node: 'primary', role: 'primary', reason: 'fallback-behind' } };
    };
    return {
      session,
      query,
      async transaction(
        options: { session: LateSession },
        fn: (client: { query: unknown; routing: unknown }) => unknown,
      ) {
        let routing: unknown;
        const client = {
          get routing() {
            return routing;
          },
          async query(statement: QueryConfig<number[]>) {
            const answer = await query(statement, undefined, options);
            routing = answer.routing;
            return answer;
          },
        };
        return fn(client);
      },
    } as unknown as Router;
  }
}

function fail(code: string): Error {
  return Object.assign(new Error(`It failed: ${code}.`), { code });
}
