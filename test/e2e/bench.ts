import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../src/machine/entry.js';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command as a user types it, in a folder: this checkout's, or that of a package installed elsewhere. */
export function runBench(
  folder: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
  installed = packageRoot,
): Promise<Outcome> {
  const argv = [join(installed, 'bin/bench.js'), ...args];
  const options = { cwd: folder, maxBuffer: 1e8, env: { ...process.env, ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, argv, options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
}
