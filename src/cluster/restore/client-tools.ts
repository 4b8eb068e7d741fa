import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import {
  explainFullDisk,
  lastLine,
  runTool,
  type ToolOptions,
  type ToolResult,
  tellsOfFullDisk,
} from '../../machine/index.js';
import { BenchError } from '../../machine/pure.js';
import type { ConnectionConfig } from '../cluster.js';
import { programVersion } from '../embedded/binaries.js';

/** PostgreSQL's own clients, by which dumps are restored. */

const RESTORED = { pg_restore: 'a custom-format dump', psql: 'a plain SQL dump or a file of globals' };

export interface ClientTool {
  path: string;
  version: string;
}

/** Finds a client program, which the embedded package doesn't have: in `BENCH_PG_BIN`, then on the PATH; null if there is none. */
export async function findClientTool(name: keyof typeof RESTORED): Promise<ClientTool | null> {
  const folders = [process.env.BENCH_PG_BIN ?? '', ...(process.env.PATH ?? '').split(delimiter)];
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  for (const path of folders.filter(Boolean).map((folder) => join(folder, file))) {
    if (isExecutable(path)) return { path, version: await programVersion(path, null) };
  }
  return null;
}

/** @throws BenchError NO_CLIENT_TOOL */
export async function requireTool(name: keyof typeof RESTORED): Promise<ClientTool> {
  const tool = await findClientTool(name);
  if (tool) return tool;
  throw new BenchError(
    'NO_CLIENT_TOOL',
    `Restoring ${RESTORED[name]} needs ${name}, which is neither in BENCH_PG_BIN nor on the PATH: install PostgreSQL's client programs (apt install postgresql-client, brew install libpq), or set BENCH_PG_BIN to a bin folder that has it.`,
  );
}

/**
 * Has a client program restore a dump into a database. What the dump wants and this server hasn't (roles, extensions)
 * is a warning: the workload may well do without.
 * @returns what the server complained of, as sentences
 * @throws BenchError RESTORE_FAILED if it gave up, DISK_FULL if the server had no room for what it brought
 */
export async function restoreWith(
  tool: ClientTool,
  args: string[],
  { target, ...options }: ToolOptions & { target: ConnectionConfig },
): Promise<string[]> {
  const { host, port, user, database, password } = target;
  const where = ['-h', host, '-p', String(port), '-U', user, '-d', database];
  const env = { ...options.env, PGPASSWORD: password };
  const result = await runTool(tool.path, [...where, ...args], { ...options, env });
  // What the server had no room for is missing, whatever the program goes on to do.
  if (tellsOfFullDisk(result.stderr)) throw explainFullDisk(new Error(result.stderr));
  // pg_restore exits with 1 both for errors that it went past and for its own end.
  if (result.code !== 0 && !/errors ignored on restore/.test(result.stderr)) throw gaveUp(tool, result);
  return complaints(result.stderr);
}

export function gaveUp(tool: ClientTool, { code, stderr }: ToolResult): BenchError {
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
  return sentencesOf(Array.from(stderr.matchAll(/\bERROR: +(.*)$/gm), ([, message]) => message!));
}

/** Errors of a restore, alike ones once, as sentences. */
export function sentencesOf(errors: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of errors) {
    // What was made ready beforehand is there already; and a value from the data is nobody's business.
    if (/^(database|schema|role) ".*" already exists$/.test(text)) continue;
    const message = text.replace(/: ".*"?$/, '');
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

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
