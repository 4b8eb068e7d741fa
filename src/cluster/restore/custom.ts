import { runTool } from '../../machine/index.js';
import { initDataDirectory } from '../embedded/data-directory.js';
import { createDatabase } from '../template/template.js';
import { connectionArgs, gaveUp, requireTool } from './client-tools.js';
import { complaints } from './complaints.js';
import { requireTables } from './databases.js';
import { DUMP_DATABASE, type SnapshotKind } from './kind.js';

/** A dump in custom format, which is restored with pg_restore. */
export const custom: SnapshotKind = {
  recipe: (path, database = DUMP_DATABASE) => ({
    async seed(making) {
      // Said before a server is made for it.
      const tool = await requireTool('pg_restore', 'a custom-format dump');
      const result = await runTool(tool.path, ['--list', path], { signal: making.signal });
      if (result.code !== 0) throw gaveUp(tool, result);
      await initDataDirectory(making);
    },
    async fill(connect, { signal, run }) {
      await createDatabase(connect, database);
      const tool = await requireTool('pg_restore', 'a custom-format dump');
      const target = connect(database);
      const args = ['--no-owner', '--no-privileges', '--jobs=2', ...connectionArgs(target), path];
      const env = { PGPASSWORD: target.password };
      const result = await runTool(tool.path, args, { env, signal, runId: run.id });
      // It exits with 1 both for errors that it went past and for its own end.
      if (result.code !== 0 && !/errors ignored on restore/.test(result.stderr)) throw gaveUp(tool, result);
      const warnings = complaints(result.stderr);
      await requireTables(connect, { database, path, warnings });
      return { database, warnings };
    },
  }),
};
