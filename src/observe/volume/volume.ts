import { type Node, withClient } from '../../cluster/index.js';
import type { VolumeObservation } from '../../record/pure.js';
import { loadCatalog, loadParser } from '../../router/sql/index.js';
import type { Observer } from '../observer.js';
import { AT_FIRST_MS } from '../patience.js';
import type { Described } from './describe.js';
import { NodeCount } from './node-count.js';

/** Counts what each server executed, from pg_stat_statements, of which a snapshot is taken at each mark. */
export const volume: Observer<VolumeObservation[]> = {
  ifLeftOut: [],
  needs: 'statements',
  async start({ cluster, statements }) {
    const counts = [cluster.primary, ...cluster.replicas].map((node) => new NodeCount(node));
    const texts = new Map<string, Described>();
    try {
      await loadParser();
      const catalog = await withClient(cluster.primary.monitor, loadCatalog, { queryTimeoutMs: AT_FIRST_MS });
      for (const count of counts) {
        if (cluster.capabilities.resettable) await forget(count.node);
        await count.begin();
      }
      return {
        async mark() {
          await Promise.all(counts.map((count) => count.mark()));
        },
        async stop() {
          await Promise.all(counts.map((count) => count.finish(texts, catalog, statements)));
        },
        result: () => counts.map((count) => count.observation(texts)),
      };
    } catch (error) {
      for (const count of counts) count.close();
      throw error;
    }
  },
};

/** Makes room for the run's statements. The monitor may read, not reset: that takes the superuser, once, before any load. */
async function forget({ admin, app }: Node): Promise<void> {
  await withClient({ ...admin, database: app.database }, (client) =>
    client.query('SELECT pg_stat_statements_reset()'),
  );
}
