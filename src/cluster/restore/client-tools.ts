import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { lastLine, type ToolResult } from '../../machine/index.js';
import { BenchError } from '../../machine/pure.js';
import type { ConnectionConfig } from '../cluster.js';
import { programVersion } from '../embedded/binaries.js';

/** PostgreSQL's own clients, by which dumps are restored. */

export interface ClientTool {
  path: string;
  version: string;
}

/** Finds a client program, which the embedded package doesn't have: in `BENCH_PG_BIN`, then on the PATH; null if there is none. */
export async function findClientTool(name: 'pg_restore' | 'psql'): Promise<ClientTool | null> {
  const folders = [process.env.BENCH_PG_BIN ?? '', ...(process.env.PATH ?? '').split(delimiter)];
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  for (const path of folders.filter(Boolean).map((folder) => join(folder, file))) {
    if (isExecutable(path)) return { path, version: await programVersion(path, null) };
  }
  return null;
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

export function connectionArgs({ host, port, user, database }: ConnectionConfig): string[] {
  return ['-h', host, '-p', String(port), '-U', user, '-d', database];
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

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
