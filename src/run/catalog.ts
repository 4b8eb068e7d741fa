import { type PreparedData, withClient } from '../cluster/index.js';
import { type Catalog, loadCatalog } from '../router/index.js';
import type { RunContext } from './progress.js';

/**
 * What the functions, views and types of prepared data do, by a server that is started on it to be asked.
 * @throws as the server's start
 */
export async function catalogOf(
  data: PreparedData,
  { id, signal, onProgress }: RunContext,
): Promise<Catalog> {
  onProgress({ phase: 'asking what functions write', etaS: null });
  await using cluster = await data.start({ side: 'baseline', runId: `${id}-catalog`, signal });
  await cluster.primary.enforceBudget(false);
  return await withClient(cluster.primary.app, loadCatalog);
}
