import { statSync } from 'node:fs';
import { devNull } from 'node:os';
import { escapeIdentifier } from 'pg';
import { runTool } from '../../machine/index.js';
import { messageOf } from '../../machine/pure.js';
import { withClient } from '../client.js';
import { initDataDirectory } from '../embedded/data-directory.js';
import { type Connect, createDatabase } from '../template/template.js';
import { gaveUp, requireTool, restoreWith, sentencesOf } from './client-tools.js';
import { DUMP_DATABASE, requireTables, type SnapshotKind } from './kind.js';

/** What a dump becomes at least: it is compressed, and has no indexes. */
const UNPACKED = 2;

/** A dump in custom format, which is restored with pg_restore. */
export const custom: SnapshotKind = {
  recipe: (path, { database: wanted, captured, hasRoles }) => {
    const database = wanted ?? captured ?? DUMP_DATABASE;
    return {
      bytes: () => statSync(path).size * UNPACKED,
      async seed(making) {
        // Said before a server is made for it.
        await ask(['--list', path], making.signal);
        await initDataDirectory(making);
      },
      async fill(connect, { run, signal }) {
        await createDatabase(connect, database);
        // Without the roles, every GRANT and every owner would be an error.
        const whose = hasRoles ? [] : ['--no-owner', '--no-privileges'];
        const options = { target: connect(database), signal, runId: run.id };
        const tool = await requireTool('pg_restore');
        const warnings = await restoreWith(tool, [...whose, '--jobs=2', path], options);
        await requireTables(connect, { database, path, warnings });
        const settings = await databaseSettings(path, signal);
        return { database, warnings: [...warnings, ...(await apply(settings, database, connect))] };
      },
    };
  },
};

/**
 * The statements with which a dump sets what holds for its database as a whole, or for a role in it. pg_restore leaves
 * them out where it restores into a database of another's making, as here.
 */
async function databaseSettings(path: string, signal: AbortSignal): Promise<string[]> {
  // An empty list of the dump's objects: what is left is the database itself.
  const script = await ask(['--create', `--use-list=${devNull}`, '--file=-', path], signal);
  return script.split('\n').filter((line) => SETTING.test(line));
}

/** What pg_restore says of a dump. */
async function ask(args: string[], signal: AbortSignal): Promise<string> {
  const tool = await requireTool('pg_restore');
  const result = await runTool(tool.path, args, { signal });
  if (result.code !== 0) throw gaveUp(tool, result);
  return result.stdout;
}

const SETTING = /^(ALTER (?:DATABASE|ROLE .+ IN DATABASE) )("(?:[^"]|"")+"|[^\s"]+)( SET .+;)$/;

/** @returns what the server refused of it, as sentences */
async function apply(settings: string[], database: string, connect: Connect): Promise<string[]> {
  const errors: string[] = [];
  await withClient(connect('template1'), async (client) => {
    for (const statement of settings) {
      // The dump's own name for the database need not be the one that it has here.
      const here = statement.replace(
        SETTING,
        (_, what, _name, set) => what + escapeIdentifier(database) + set,
      );
      await client.query(here).catch((error) => errors.push(messageOf(error)));
    }
  });
  return sentencesOf(errors);
}
