import { closeSync, fchownSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Child,
  endingInWords,
  endProcesses,
  familyOf,
  startChild,
  toolEnv,
} from '../../machine/index.js';
import { BenchError } from '../../machine/pure.js';
import { portTaken } from '../free-ports.js';
import type { PgBinaries } from './binaries.js';
import { serversIn } from './servers-in.js';

/** A running postmaster. */
export interface Server {
  readonly pid: number;
  /** How it ended, in words, if nobody here had stopped it; never settles if somebody had. */
  readonly lost: Promise<string>;
  /**
   * Stops it: fast, and at once if that takes longer than `patienceMs`. Resolves when it is gone with all its processes:
   * whether it shut itself down. One that was killed has left its shared memory.
   */
  stop(patienceMs: number): Promise<boolean>;
}

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 15;

/**
 * Starts a server on a configured data directory and waits until it accepts connections (a standby: read-only ones).
 * If it can't, or is aborted, no process is left.
 *
 * @throws BenchError with the server's own last words, or the signal's reason
 */
export async function startServer(start: {
  binaries: PgBinaries;
  dataDir: string;
  /** What the server says goes here. */
  logFile: string;
  signal: AbortSignal;
  /** Whose server it is. */
  runId?: string;
  /** Called as soon as there is a process. */
  onSpawn?(pid: number): Promise<void>;
}): Promise<Server> {
  const { binaries, dataDir, logFile, signal, runId, onSpawn } = start;
  const { binDir, runAs } = binaries;
  signal.throwIfAborted();
  const log = openSync(logFile, 'w', 0o600);
  let child: Child;
  try {
    if (runAs) fchownSync(log, runAs.uid, runAs.gid);
    const options = { cwd: dataDir, env: toolEnv(), runAs, output: log, runId };
    child = startChild(join(binDir, 'postgres'), ['-D', dataDir], options);
  } finally {
    closeSync(log);
  }
  const { pid } = child.process;
  if (pid === undefined) throw (await child.ended).error;
  try {
    await onSpawn?.(pid);
    await untilReady(child, dataDir, signal);
    return {
      pid,
      lost: child.lost.then(({ code, signal }) => endingInWords({ code, signal, said: lastSaid(logFile) })),
      stop: (patienceMs) => stop(child, dataDir, patienceMs),
    };
  } catch (error) {
    const endedByItself = child.hasEnded;
    await stop(child, dataDir, 0);
    signal.throwIfAborted();
    throw endedByItself ? startFailure([...readLines(logFile), ...collected(dataDir, pid)]) : error;
  }
}

/** The 8th line of postmaster.pid says it without a connection: pidfile.h, LOCK_FILE_LINE_PM_STATUS. */
async function untilReady(child: Child, dataDir: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (child.hasEnded) throw new Error('exited');
    const lines = readLines(join(dataDir, 'postmaster.pid'));
    if (Number(lines[0]) === child.process.pid && lines[7]?.trim() === 'ready') return;
    await sleep(POLL_MS, undefined, { signal });
  }
  throw new BenchError(
    'SERVER_START',
    `PostgreSQL in ${dataDir} was not ready after ${START_TIMEOUT_MS / 1000} s.`,
    { exitCode: 4 },
  );
}

async function stop(child: Child, dataDir: string, patienceMs: number): Promise<boolean> {
  const family = child.hasEnded ? [] : familyOf(child.process.pid!);
  // What was stopped heeds nothing, nor does a postmaster wait in vain for a process that doesn't.
  for (const { pid } of family) goOn(pid);
  // postmaster: SIGINT is a fast shutdown, SIGQUIT an immediate one.
  const ladder: [NodeJS.Signals, number][] = [
    ['SIGINT', patienceMs],
    ['SIGQUIT', 5_000],
  ];
  for (const [name, waitMs] of ladder) {
    if (child.hasEnded || waitMs === 0) continue;
    child.ask(name);
    await Promise.race([child.ended, sleep(waitMs, undefined, { ref: false })]);
  }
  const { signal } = child.hasEnded ? await child.ended : { signal: 'SIGKILL' };
  if (signal === null) return true;
  child.kill();
  // Those that it made don't notice where they are stopped, or busy with a long statement.
  await endProcesses([...family, ...serversIn(dataDir)], ['SIGKILL']);
  return false;
}

function goOn(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It has just ended.
  }
}

function startFailure(lines: string[]): Error {
  if (lines.some((line) => line.includes('Address already in use'))) return portTaken();
  const said = (levels: string) => lines.filter((line) => new RegExp(`\\b(${levels})(: |,)`).test(line));
  let reason = said('FATAL|PANIC|ERROR').at(-1) ?? lines.filter(Boolean).at(-1) ?? 'it said nothing';
  // Which setting is wrong stands before that, and is called a LOG.
  if (/configuration file .* contains errors/.test(reason)) reason = said('LOG')[0] ?? reason;
  const words = reason
    .replace(/^.*?\b[A-Z]+(: +|,\w{5},")/, '')
    .replace(/",.*$/, '')
    .replaceAll('""', '"');
  return new BenchError('SERVER_START', `PostgreSQL did not start: ${words}.`, { exitCode: 4 });
}

/** Of a log that may be long. */
const TAIL_BYTES = 1 << 16;

/** Begins a line that is not of a session, by the bench's own log_line_prefix. */
const OWN_LINE = /^.*?\[\d+\] (LOG|FATAL|PANIC): +/;

/** What a server itself last said in its log, without what it says in its clients' sessions; empty if nothing. */
function lastSaid(logFile: string): string {
  try {
    const log = openSync(logFile, 'r');
    try {
      const { size } = fstatSync(log);
      const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
      readSync(log, tail, 0, tail.length, size - tail.length);
      const lines = tail.toString().split('\n');
      return lines.findLast((line) => OWN_LINE.test(line))?.replace(OWN_LINE, '') ?? '';
    } finally {
      closeSync(log);
    }
  } catch {
    return '';
  }
}

/** What a server with a logging collector has said since it started that: its log may be older than itself. */
function collected(dataDir: string, pid: number): string[] {
  const files = readLines(join(dataDir, 'current_logfiles')).filter(Boolean);
  const lines = files.flatMap((line) => readLines(resolve(dataDir, line.replace(/^\w+ /, ''))));
  return lines.filter((line) => new RegExp(`(\\[|,)${pid}(\\]|,)`).test(line));
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}
