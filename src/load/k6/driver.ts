import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import {
  builtPath,
  type Child,
  SILENCE_S,
  STOOD_STILL,
  startChild,
  treeCpuSeconds,
  watchForSilence,
} from '../../machine/index.js';
import { BenchError } from '../../machine/pure.js';
import type { LoadResult } from '../../record/pure.js';
import { readTrace } from '../../workload/index.js';
import { type Census, takeCensus } from '../census.js';
import type { LoadDriver, LoadJob } from '../driver.js';
import { GAVE_UP } from '../patience.js';
import { toLoadResult } from '../result.js';
import { Tally } from '../tally.js';
import { type Completion, openCollector } from './collector.js';
import { countEnded } from './ended-events.js';
import { JOB_VARIABLE, type ScenarioJob } from './job.js';
import { preparesK6 } from './prepare.js';
import type { K6 } from './version.js';

/**
 * Requests per second that one virtual user is given. Seen on two cores shared with the service: one user on one
 * thread plays 700/s with 24 % of a core and 2,000/s with 39 %, later than intended by 1.8 and 2.3 ms at most in 99 %
 * of the cases; two users on two threads use 31 and 45 % for it and are no more punctual.
 */
const RATE_PER_USER = 2000;

/** Seconds from its start until it has its events: it tells nothing meanwhile. */
const START_S = 120;

/** scenarios/smartmenu.ts, bundled by the build. */
const SCENARIO = builtPath('load/k6/scenario.js');

/** Plays HTTP traces with k6: one process that runs the scenario. */
export const k6Driver = {
  name: 'k6',
  title: 'k6',
  plays: ['http'],
  // Hashing answers in its script would take most of a core.
  keepsAnswers: false,
  prepare: preparesK6('events', playIn),
} as const satisfies LoadDriver;

async function playIn(dir: string, k6: K6, job: LoadJob): Promise<LoadResult> {
  if (job.target.kind !== 'http')
    throw new BenchError('DRIVER_KIND', 'k6 plays HTTP traces only: use the player for SQL traces.');
  const { window } = job;
  const census = await takeCensus(job.traceFile, job.speed, window);
  const parts = await deal(dir, job, virtualUsers(census));
  job.signal.throwIfAborted();

  const tally = new Tally(window);
  let child: Child | undefined;
  let zeroEpochMs = 0;
  let cpuAtZero: number | null = null;
  let cpuAtEnd: number | null = null;
  using silence = watchForSilence(START_S, () => child?.giveUp(STOOD_STILL));
  await using collector = await openCollector({
    parts,
    onReady(at) {
      silence.limitS = SILENCE_S;
      silence.heard();
      zeroEpochMs = at;
      cpuAtZero = cpuSeconds(child);
      job.onStart?.(at);
    },
    onComplete() {
      cpuAtEnd = cpuSeconds(child);
    },
    onEnded(events) {
      silence.heard();
      countEnded(events, tally);
      job.onProgress?.(tally.ends);
    },
  });
  const scenarioJob: ScenarioJob = {
    target: job.target.url.replace(/\/$/, ''),
    collector: collector.url,
    vus: parts.length,
    speed: job.speed,
    timeoutMs: job.timeoutMs,
  };
  child = start(dir, k6, job, scenarioJob);
  const { gaveUp } = await completionOf(child, collector.completed, job.signal);
  return toLoadResult(census, tally.toJson(), {
    generatorCpuSeconds: cpuAtZero === null || cpuAtEnd === null ? null : cpuAtEnd - cpuAtZero,
    generatorBusy: null,
    zeroEpochMs,
    warnings: gaveUp ? [GAVE_UP] : [],
  });
}

function virtualUsers({ events, durationMs, sessions }: Census): number {
  const ratePerSecond = (1000 * events) / Math.max(durationMs, 1000);
  return Math.max(
    1,
    Math.min(Math.ceil(ratePerSecond / RATE_PER_USER), sessions.size, availableParallelism()),
  );
}

/** Deals the sessions out to the virtual users: a file of events for each. @throws what writing one of them throws */
export async function deal(dir: string, job: Pick<LoadJob, 'traceFile'>, users: number): Promise<string[]> {
  const parts = Array.from({ length: users }, (_, user) => join(dir, `events-${user + 1}.ndjson`));
  const files = parts.map((path) => createWriteStream(path, { highWaterMark: 1 << 18 }));
  // All are listened to from the start: one may fail (a full disk) while another is written to.
  const written = Promise.all(files.map((file) => finished(file)));
  written.catch(() => {});
  const { events } = await readTrace(job.traceFile);
  for await (const event of events) {
    const file = files[event.session % users]!;
    if (!file.write(`${JSON.stringify(event)}\n`)) await Promise.race([once(file, 'drain'), written]);
  }
  for (const file of files) file.end();
  await written;
  return parts;
}

function start(dir: string, k6: K6, job: LoadJob, scenarioJob: ScenarioJob): Child {
  const flags = ['--quiet', '--no-color', '--no-usage-report', '--no-thresholds'];
  return startChild(k6.path, ['run', ...flags, '--summary-mode', 'disabled', '--address', '', SCENARIO], {
    signal: job.signal,
    runId: job.runId,
    cwd: dir,
    // Nothing of the user's environment: K6_* variables would change the run, proxies have no business on loopback.
    env: {
      HOME: dir,
      K6_AUTO_EXTENSION_RESOLUTION: 'false',
      [JOB_VARIABLE]: JSON.stringify(scenarioJob),
      // A thread a user (see above). Garbage is collected only when the memory is full, once or twice a minute: while
      // it is, a single thread sends late (seen at 620/s: p99.9 of the lateness 11 ms at GOGC=400, 5 ms so).
      GOMAXPROCS: String(scenarioJob.vus),
      GOGC: 'off',
      GOMEMLIMIT: '1GiB',
    },
  });
}

/** Waits until all users are at their end, and for the end of k6; whatever goes wrong, k6 has ended when this settles. */
async function completionOf(
  child: Child,
  completed: Promise<Completion>,
  signal: AbortSignal,
): Promise<Completion> {
  try {
    const outcome = await Promise.race([completed, child.ended]);
    signal.throwIfAborted();
    if (!('words' in outcome)) return outcome;
    throw new BenchError('K6_FAILED', `k6 ended before it had played the trace: ${outcome.words}.`, {
      exitCode: 4,
    });
  } finally {
    // All is told; what k6 would still do is tidy up.
    await child.stop();
  }
}

function cpuSeconds(child: Child | undefined): number | null {
  return child?.process.pid === undefined ? null : treeCpuSeconds(child.process.pid);
}
