import { lastLine, runTool, type ToolResult } from '../../machine/index.js';
import { BenchError } from '../../machine/pure.js';
import type { ConnectionConfig } from '../cluster.js';
import { type ClientTool, findClientTool } from '../embedded/binaries.js';
import type { FillContext } from '../template/template.js';
import { readPlainDump } from './plain-dump.js';

/**
 * Restores dumps with PostgreSQL's own clients. What a dump wants and this server hasn't (roles, extensions) is a
 * warning: the workload may well do without. Both return warnings, and throw BenchError if there is no such
 * program or it gave up.
 */

/** Says at once, before a server is made for it, that an archive can't be restored here. */
export async function requireReadableArchive(path: string, signal: AbortSignal): Promise<void> {
  const tool = await requireTool('pg_restore', 'a custom-format dump');
  const result = await runTool(tool.path, ['--list', path], { signal });
  if (result.code !== 0) throw gaveUp(tool, result);
}

/** A dump in custom format, into an existing database. */
export async function restoreArchive(
  path: string,
  target: ConnectionConfig,
  context: FillContext,
): Promise<string[]> {
  const tool = await requireTool('pg_restore', 'a custom-format dump');
  const args = ['--no-owner', '--no-privileges', '--jobs=2', ...connectionArgs(target), path];
  const result = await runTool(tool.path, args, {
    env: { PGPASSWORD: target.password },
    signal: context.signal,
    runId: context.run.id,
  });
  // It exits with 1 both for errors that it went past and for its own end.
  if (result.code !== 0 && !/errors ignored on restore/.test(result.stderr)) throw gaveUp(tool, result);
  return complaints(result.stderr);
}

/** A plain dump, which is psql's input: commands, data, and changes of database. */
export async function restorePlain(
  path: string,
  target: ConnectionConfig,
  context: FillContext,
): Promise<string[]> {
  const tool = await requireTool('psql', 'a plain SQL dump');
  const result = await runTool(tool.path, ['-X', '-q', ...connectionArgs(target), '-f', '-'], {
    env: {
      PGPASSWORD: target.password,
      PGCLIENTENCODING: 'UTF8',
      PGOPTIONS: '-c client_min_messages=warning',
    },
    input: readPlainDump(path, tool.version),
    // psql runs shell commands that are in its input: never as root.
    runAs: context.binaries.runAs,
    cwd: context.run.path,
    signal: context.signal,
    runId: context.run.id,
  });
  if (result.code !== 0) throw gaveUp(tool, result);
  return complaints(result.stderr);
}

/** @throws BenchError NO_CLIENT_TOOL */
export async function requireTool(name: 'pg_restore' | 'psql', what: string): Promise<ClientTool> {
  const tool = await findClientTool(name);
  if (tool) return tool;
  throw new BenchError(
    'NO_CLIENT_TOOL',
    `Restoring ${what} needs ${name}, which is neither in BENCH_PG_BIN nor on the PATH: install PostgreSQL's client programs (apt install postgresql-client, brew install libpq), or set BENCH_PG_BIN to a bin folder that has it.`,
  );
}

function connectionArgs({ host, port, user, database }: ConnectionConfig): string[] {
  return ['-h', host, '-p', String(port), '-U', user, '-d', database];
}

function gaveUp(tool: ClientTool, { code, stderr }: ToolResult): BenchError {
  const words =
    stderr.match(/(?:error|FATAL|ERROR): +(.*)/)?.[1] ?? (lastLine(stderr) || `exit code ${code}`);
  const advice = /unsupported version/.test(stderr)
    ? 'set BENCH_PG_BIN to the bin folder of the PostgreSQL that made it'
    : 'is it whole?';
  return new BenchError(
    'RESTORE_FAILED',
    `${tool.path} (${tool.version}) could not restore the dump (${words}): ${advice}`,
  );
}

/** Kinds of errors worth telling; a dump without its extensions repeats a few of them a thousand times. */
const TOLD = 20;

/** The servers' errors in a restore's output, alike ones once, as sentences. */
export function complaints(stderr: string): string[] {
  const counts = new Map<string, number>();
  for (const [, text] of stderr.matchAll(/\bERROR: +(.*)$/gm)) {
    // What was made ready beforehand is there already; and a value from the data is nobody's business.
    if (/^(database|schema) ".*" already exists$/.test(text!)) continue;
    const message = text!.replace(/: ".*"?$/, '');
    counts.set(message, (counts.get(message) ?? 0) + 1);
  }
  const sentences = [...counts].map(
    ([message, count]) => `Restoring the snapshot: ${message}${count > 1 ? ` (${count} times)` : ''}.`,
  );
  const more = sentences.length - TOLD;
  return more > 0
    ? [...sentences.slice(0, TOLD), `Restoring the snapshot: ${more} more kinds of errors.`]
    : sentences;
}
