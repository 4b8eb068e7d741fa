import { runTool } from '../../machine/index.js';
import { initDataDirectory } from '../embedded/data-directory.js';
import { createDatabase } from '../template/template.js';
import { gaveUp, requireTool, restoreWith } from './client-tools.js';
import { DUMP_DATABASE, requireTables, type SnapshotKind } from './kind.js';

/** A dump in custom format, which is restored with pg_restore. */
export const custom: SnapshotKind = {
  recipe: (path, database = DUMP_DATABASE) => ({
    async seed(making) {
      // Said before a server is made for it.
      const tool = await requireTool('pg_restore');
      const result = await runTool(tool.path, ['--list', path], { signal: making.signal });
      if (result.code !== 0) throw gaveUp(tool, result);
      await initDataDirectory(making);
    },
    async fill(connect, { signal, run }) {
      await createDatabase(connect, database);
      const args = ['--no-owner', '--no-privileges', '--jobs=2', path];
      const options = { target: connect(database), signal, runId: run.id };
      const warnings = await restoreWith(await requireTool('pg_restore'), args, options);
      await requireTables(connect, { database, path, warnings });
      return { database, warnings };
    },
  }),
};
