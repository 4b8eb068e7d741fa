import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { packageRoot } from '../../src/machine/entry.js';
import type { RunRecord } from '../../src/record/run.js';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** With its last words a command is done: something forgotten must not keep it from ending. */
const LINGERS_MS = 10_000;

/**
 * Runs the command as a user types it, in a folder: this checkout's, or that of a package installed elsewhere.
 * @throws Error if it doesn't end after its last words
 */
export function runBench(
  folder: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
  installed = packageRoot,
): Promise<Outcome> {
  const argv = [join(installed, 'bin/bench.js'), ...args];
  const options = { cwd: folder, maxBuffer: 1e8, env: { ...process.env, ...env } };
  return new Promise((resolve, reject) => {
    let spokeMs = performance.now();
    const bench = execFile(process.execPath, argv, options, (error, stdout, stderr) => {
      const silentMs = performance.now() - spokeMs;
      if (silentMs > LINGERS_MS && stdout + stderr !== '')
        reject(new Error(`bench ${args.join(' ')} ended ${Math.round(silentMs)} ms after its last words`));
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
    for (const stream of [bench.stdout!, bench.stderr!])
      stream.on('data', () => {
        spokeMs = performance.now();
      });
  });
}

/** What `bench run` recorded, in a folder; it has to succeed. */
export async function recordOfRun(folder: string, ...args: string[]): Promise<RunRecord> {
  const outcome = await runBench(folder, ['run', ...args, '--json']);
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
  return JSON.parse(await readFile(join(folder, JSON.parse(outcome.stdout).file), 'utf8'));
}
