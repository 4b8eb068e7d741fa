import { statSync } from 'node:fs';
import { initDataDirectory } from '../embedded/data-directory.js';
import { createDatabase } from '../template/template.js';
import { requireTool, restoreWith } from './client-tools.js';
import { biggestDatabase, countTables, DUMP_DATABASE, requireTables, type SnapshotKind } from './kind.js';
import { databasesOf, readPlainDump } from './plain-dump.js';

/** A plain dump, which is psql's input: commands, data, and changes of database. */
export const plain: SnapshotKind = {
  recipe: (path, { database: wanted, captured }) => ({
    bytes: () => statSync(path).size,
    async seed(making) {
      await requireTool('psql');
      await initDataDirectory(making);
    },
    async fill(connect, { runAs, run, signal }) {
      const first = wanted ?? captured ?? DUMP_DATABASE;
      for (const name of [first, ...(await databasesOf(path))]) await createDatabase(connect, name);
      const tool = await requireTool('psql');
      const warnings = await restoreWith(tool, ['-X', '-q', '-f', '-'], {
        target: connect(first),
        env: { PGCLIENTENCODING: 'UTF8', PGOPTIONS: '-c client_min_messages=warning' },
        input: readPlainDump(path, tool.version),
        // psql runs shell commands that are in its input: never as root.
        runAs,
        cwd: run.path,
        signal,
        runId: run.id,
      });
      const database = (await countTables(connect, first)) > 0 ? first : await biggestDatabase(connect);
      await requireTables(connect, { database, path, warnings });
      if (wanted !== undefined && database !== wanted) {
        warnings.push(
          `The dump fills the database ${database} and not ${wanted}: ${database} is replayed against.`,
        );
      }
      return { database, warnings };
    },
  }),
};
