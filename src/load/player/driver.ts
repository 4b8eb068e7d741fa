import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { benchVersion, entryPath } from '../../machine/index.js';
import { BenchError, messageOf } from '../../machine/pure.js';
import type { LoadResult } from '../../record/pure.js';
import type { LoadDriver, LoadJob } from '../driver.js';
import type { PlayerJob, PlayerMessage } from './protocol.js';

/** Our own open-loop player, in a process of its own: for SQL traces, and for HTTP ones where there is no k6. */
export const player = {
  name: 'player',
  title: 'the built-in player',
  plays: ['http', 'sql'],
  keepsAnswers: true,
  prepare: async () => ({ version: benchVersion, source: 'built in', play }),
} as const satisfies LoadDriver;

async function play(job: LoadJob): Promise<LoadResult> {
  job.signal.throwIfAborted();
  const child = spawn(process.execPath, [entryPath('load/player/main')], { stdio: ['pipe', 'pipe', 'pipe'] });
  if (child.pid !== undefined) job.onChild?.(child.pid);
  const kill = () => child.kill('SIGKILL');
  job.signal.addEventListener('abort', kill, { once: true });
  try {
    child.stdin.on('error', () => {});
    child.stdin.write(`${JSON.stringify(jobFor(job))}\n`);
    const result = await listen(child, job);
    job.signal.throwIfAborted();
    return result;
  } catch (error) {
    job.signal.throwIfAborted();
    throw error;
  } finally {
    job.signal.removeEventListener('abort', kill);
    kill();
  }
}

function jobFor({
  signal,
  onChild,
  onStart,
  onRouterStats,
  onProgress,
  onWarning,
  ...job
}: LoadJob): PlayerJob {
  return job;
}

/** Passes on what the child says, until it has ended. */
async function listen(child: ChildProcess, job: LoadJob): Promise<LoadResult> {
  let result: LoadResult | undefined;
  let failure: BenchError | undefined;
  let complaints = '';
  child.stderr!.on('data', (chunk) => {
    complaints = (complaints + chunk).slice(-2000);
  });
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const message = JSON.parse(line) as PlayerMessage;
    if (message.type === 'start') job.onStart?.(message.zeroEpochMs);
    if (message.type === 'progress') job.onProgress?.({ ok: message.ok, failed: message.failed });
    if (message.type === 'router') job.onRouterStats?.(message.stats);
    if (message.type === 'warning') job.onWarning?.(message.sentence);
    if (message.type === 'failure') {
      failure = new BenchError(message.code, message.sentence, { exitCode: message.exitCode });
    }
    if (message.type === 'result') {
      result = message.result;
      if (result.router) job.onRouterStats?.(result.router);
    }
  });
  const ending = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(messageOf(error)));
    child.once('close', (code, signalName) =>
      resolve(complaints.trim() || `it ended with ${signalName ?? code}`),
    );
  });
  if (failure) throw failure;
  if (result) return result;
  throw new BenchError('PLAYER_FAILED', `The player ended before it had played the trace: ${ending}`, {
    exitCode: 4,
  });
}
