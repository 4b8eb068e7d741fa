import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** The user that PostgreSQL's programs run as where the bench is root, which they refuse to be. */
export interface RunAs {
  user: string;
  uid: number;
  gid: number;
}

export interface ToolOptions {
  /** Null: as the bench's own user. */
  runAs?: RunAs | null;
  cwd?: string;
  env?: Record<string, string>;
  /** Text, or a stream, for its standard input; nothing by default. */
  input?: string | Readable;
  signal?: AbortSignal;
  onSpawn?: (pid: number) => void;
}

export interface ToolResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** More than this of an output is not kept: a restore can complain a million times. */
const KEPT_OUTPUT = 4 << 20;

/**
 * Runs a program to its end, whatever its exit code.
 *
 * @throws Error if it could not be started; the signal's reason if it was aborted (the program is killed)
 */
export async function runTool(file: string, args: string[], options: ToolOptions = {}): Promise<ToolResult> {
  options.signal?.throwIfAborted();
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: toolEnv(options.env),
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    // A session of its own: Ctrl-C reaches the bench alone, which then stops its children in order.
    detached: process.platform !== 'win32',
    ...(options.runAs ? { uid: options.runAs.uid, gid: options.runAs.gid } : {}),
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.setEncoding('utf8').on('data', (text: string) => {
      if (output[name].length < KEPT_OUTPUT) output[name] += text;
    });
  }
  const kill = () => killWithChildren(child);
  options.signal?.addEventListener('abort', kill);
  try {
    const closed = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (child.pid !== undefined) options.onSpawn?.(child.pid);
    const [code] = await Promise.all([closed, feed(child.stdin, options.input)]);
    options.signal?.throwIfAborted();
    return { code, ...output };
  } finally {
    options.signal?.removeEventListener('abort', kill);
  }
}

/** initdb and psql start others; where there are process groups, all of them go. */
function killWithChildren(child: ChildProcess): void {
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // They have just ended.
  }
}

async function feed(
  stdin: NodeJS.WritableStream | null,
  input: string | Readable | undefined,
): Promise<void> {
  if (!stdin || input === undefined) return;
  try {
    if (typeof input === 'string') stdin.end(input);
    else await pipeline(input, stdin);
  } catch (error) {
    // A program that ended early closes its input; its exit code and words tell more.
    if (!['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
  }
}

/** The bench's environment without the PG* variables, which would move servers and clients elsewhere; English messages. */
export function toolEnv(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  return { ...Object.fromEntries(kept), LC_ALL: 'C', LANGUAGE: 'C', ...extra };
}
