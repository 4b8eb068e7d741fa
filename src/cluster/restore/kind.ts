import type { Recipe } from '../template/template.js';

/** A form in which a user's data can come: an entry of SNAPSHOT_KINDS. */
export interface SnapshotKind {
  /**
   * The file whose bytes tell this snapshot from others; by default the snapshot itself.
   * @throws BenchError if the snapshot can't be used, in words that say why
   */
  identityFile?(path: string): Promise<string>;
  /** How a template is made of it; `wanted` is the database to replay against, if the user named one. */
  recipe(path: string, wanted: string | undefined): Pick<Recipe, 'seed' | 'fill'>;
}

/** Where a dump goes that names no database of its own. */
export const DUMP_DATABASE = 'workload';
