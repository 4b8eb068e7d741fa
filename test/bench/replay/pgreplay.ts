import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ConnectionConfig } from '../../../src/cluster/cluster.js';

const run = promisify(execFile);

/** The peer: pgreplay, a program of its own, which replays a log with one connection a session. */
export interface Pgreplay {
  /** Makes its own file of a csvlog, and returns that. */
  prepare(log: string): Promise<string>;
  play(file: string, options: { skipIdle: boolean }): Promise<{ seconds: number; cpuSeconds: number }>;
}

/** Null where there is none. */
export async function findPgreplay({ host, port, password }: ConnectionConfig): Promise<Pgreplay | null> {
  const isThere = await run('pgreplay', ['-v']).then(
    () => true,
    () => false,
  );
  if (!isThere) return null;
  return {
    async prepare(log) {
      const file = `${log}.pgreplay`;
      await run('pgreplay', ['-c', '-f', '-o', file, log]);
      return file;
    },
    async play(file, { skipIdle }) {
      const args = [
        '-r',
        ...(skipIdle ? ['-j'] : []),
        '-h',
        host,
        '-p',
        String(port),
        '-W',
        password ?? '',
        file,
      ];
      // Bash tells what a program has used; Node does not.
      const { stderr } = await run('bash', [
        '-c',
        'TIMEFORMAT="times %R %U %S"; time pgreplay "$@"',
        'bash',
        ...args,
      ]);
      const [, seconds, user, system] = /times ([\d.]+) ([\d.]+) ([\d.]+)/.exec(stderr)!.map(Number);
      return { seconds: seconds!, cpuSeconds: user! + system! };
    },
  };
}
