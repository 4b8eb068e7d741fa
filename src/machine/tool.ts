import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ChildOptions, startChild } from './child.js';
import { BenchError } from './errors.js';

export interface ToolOptions extends Pick<ChildOptions, 'cwd' | 'runAs' | 'signal' | 'runId'> {
  /** Variables beside those of {@link toolEnv}. */
  env?: Record<string, string>;
  /** Text, or a stream, for its standard input; nothing by default. */
  input?: string | Readable;
  /** Told its process id as soon as it runs. */
  onSpawn?: (pid: number) => Promise<void>;
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
 * @throws Error if it could not be started; the signal's reason if it was aborted (the program is killed); BenchError
 *   PROGRAM_KILLED if somebody else killed it
 */
export async function runTool(file: string, args: string[], options: ToolOptions = {}): Promise<ToolResult> {
  const { input, env, onSpawn, ...rest } = options;
  const child = startChild(file, args, {
    ...rest,
    env: toolEnv(env),
    input: input === undefined ? undefined : 'pipe',
    output: 'pipe',
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    // There are none of a program that could not be started.
    child.process[name]?.setEncoding('utf8').on('data', (text: string) => {
      if (output[name].length < KEPT_OUTPUT) output[name] += text;
    });
  }
  const { stdin, pid } = child.process;
  if (pid !== undefined) await onSpawn?.(pid);
  const [{ code, signal: killedBy, error, words }] = await Promise.all([
    child.ended,
    input !== undefined && stdin && feed(stdin, input),
  ]);
  options.signal?.throwIfAborted();
  if (error) throw error;
  if (killedBy) {
    throw new BenchError('PROGRAM_KILLED', `${basename(file)} was ended from outside: ${words}.`, {
      exitCode: 4,
    });
  }
  return { code, ...output };
}

async function feed(stdin: Writable, input: string | Readable): Promise<void> {
  try {
    await pipeline(typeof input === 'string' ? [input] : input, stdin);
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
