import { runTool } from '../../machine/index.js';
import type { ConnectionConfig } from '../cluster.js';
import { initDataDirectory, type NewDataDirectory } from '../embedded/data-directory.js';
import { createDatabase } from '../template/template.js';
import { connectionArgs, gaveUp, requireTool } from './client-tools.js';
import { complaints } from './complaints.js';
import { biggestDatabase, countTables, requireTables } from './databases.js';
import { DUMP_DATABASE, type SnapshotKind } from './kind.js';
import { databasesOf, readPlainDump } from './plain-dump.js';

/** A plain dump, which is psql's input: commands, data, and changes of database. */
export const plain: SnapshotKind = {
  recipe: (path, wanted) => ({
    async seed(making) {
      await requireTool('psql', 'a plain SQL dump');
      await initDataDirectory(making);
    },
    async fill(connect, making) {
      const first = wanted ?? DUMP_DATABASE;
      for (const name of [first, ...(await databasesOf(path))]) await createDatabase(connect, name);
      const warnings = await restore(path, connect(first), making);
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

/** @returns what the servers complained of, as sentences */
async function restore(path: string, target: ConnectionConfig, making: NewDataDirectory): Promise<string[]> {
  const { binaries, run, signal } = making;
  const tool = await requireTool('psql', 'a plain SQL dump');
  const result = await runTool(tool.path, ['-X', '-q', ...connectionArgs(target), '-f', '-'], {
    env: {
      PGPASSWORD: target.password,
      PGCLIENTENCODING: 'UTF8',
      PGOPTIONS: '-c client_min_messages=warning',
    },
    input: readPlainDump(path, tool.version),
    // psql runs shell commands that are in its input: never as root.
    runAs: binaries.runAs,
    cwd: run.path,
    signal,
    runId: run.id,
  });
  if (result.code !== 0) throw gaveUp(tool, result);
  return complaints(result.stderr);
}
