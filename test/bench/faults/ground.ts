import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../src/machine/entry.js';

/** Where faults are tried: folders of their own, and a mark by which whatever a bench starts there is found again. */
export interface Ground {
  root: string;
  /** Where commands are run. What is in it before a fault is as it was after it. */
  folder: string;
  cache: string;
  temp: string;
  /** The environment of a bench: the mark is in it, and each process hands it on to those that it starts. */
  env: NodeJS.ProcessEnv;
  mark: string;
  remove(): void;
}

const MARK = 'SPLITBENCH_FAULTS';

/** @param root made in the system's folder for temporary files unless it is named */
export function openGround(root = mkdtempSync(join(os.tmpdir(), 'splitbench-faults-'))): Ground {
  // The servers' user has to get to the cache.
  chmodSync(root, 0o755);
  const [folder, cache, temp] = ['work', 'cache', 'temp'].map((name) => join(root, name));
  for (const path of [folder!, cache!, temp!]) mkdirSync(path, { mode: 0o755 });
  chmodSync(temp!, 0o1777);
  const mark = randomUUID();
  const env = { ...process.env, BENCH_CACHE: cache, TMPDIR: temp, BENCH_K6: k6Path(), [MARK]: mark };
  return {
    ...{ root, folder: folder!, cache: cache!, temp: temp!, env, mark },
    remove() {
      for (const { pid } of processesOf({ mark, cache: cache! })) kill(pid, 'SIGKILL');
      rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** The k6 of this machine: to build one for each ground would take a minute. */
function k6Path(): string | undefined {
  knownK6 ??= spawnSync(process.execPath, [join(packageRoot, 'bin/bench.js'), 'k6', 'path'], {
    encoding: 'utf8',
  }).stdout.trim();
  return knownK6 || undefined;
}
let knownK6: string | undefined;

export interface Process {
  pid: number;
  /** Its command line, or what it calls itself. */
  command: string;
  /** Its working directory; a server's is its data. */
  folder: string;
}

/** Processes that benches of a ground started: marked, at work in its cache, or with a name that tells of it. */
export function processesOf({ mark, cache }: Pick<Ground, 'mark' | 'cache'>): Process[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      const command = read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
        .replaceAll('\0', ' ')
        .trim();
      const folder = read(() => readlinkSync(`/proc/${pid}/cwd`));
      const marked = read(() => readFileSync(`/proc/${pid}/environ`, 'utf8')).includes(`${MARK}=${mark}`);
      return { pid: Number(pid), command, folder, marked };
    })
    .filter(
      ({ marked, command, folder }) =>
        marked || command.includes(`${cache}/`) || folder.startsWith(`${cache}/`),
    );
}

/** What the kernel says of a process; '' if it has just ended. */
function read(say: () => string): string {
  try {
    return say();
  } catch {
    return '';
  }
}

/** Sends a signal to a process that may have ended. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has.
  }
}
