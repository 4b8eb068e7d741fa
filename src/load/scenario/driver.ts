import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Child, SILENCE_S, STOOD_STILL, treeCpuSeconds, watchForSilence } from '../../machine/index.js';
import { BenchError, epochMs, formatCount } from '../../machine/pure.js';
import type { LoadResult } from '../../record/pure.js';
import type { LoadDriver, LoadJob } from '../driver.js';
import { preparesK6 } from '../k6/prepare.js';
import type { K6 } from '../k6/version.js';
import { toLoadResult } from '../result.js';
import { readScenario } from './file.js';
import { ITERATIONS, Samples } from './samples.js';
import { complaintIn, readLogLine, startK6 } from './start.js';
import { readSummary } from './summary.js';

/** Begins the line by which the frame tells that the executors begin. */
const MARK = 'splitbench: executors begin at ';

/** Its setup may take a minute, and says nothing meanwhile. */
const START_S = 120;

/** k6's exit codes for a run that was made: all went well, a threshold was crossed, the scenario ended it. */
const MADE: readonly (number | null)[] = [0, 99, 108];

/** Runs a k6 scenario of the user's own, and counts what k6's samples tell of its requests. */
export const k6ScenarioDriver = {
  name: 'k6',
  title: 'k6',
  plays: ['scenario'],
  keepsAnswers: false,
  prepare: preparesK6('scenario', playIn),
} as const satisfies LoadDriver;

const FLAGS = [
  '--quiet',
  '--no-usage-report',
  '--summary-mode',
  'compact',
  '--address',
  '',
  '--out',
  'json=-',
];

async function playIn(dir: string, k6: K6, job: LoadJob): Promise<LoadResult> {
  if (job.target.kind !== 'http') throw new BenchError('DRIVER_KIND', 'A k6 scenario needs a URL to drive.');
  const { ratePerSecond, seconds, ...scenario } = await readScenario(job.traceFile);
  const summary = join(dir, 'summary.json');
  const child = startK6(
    k6,
    ['run', ...FLAGS],
    scenario,
    {
      ratePerSecond,
      seconds,
      timeoutMs: job.timeoutMs,
      mark: MARK,
      metric: ITERATIONS,
      summary,
      target: job.target.url,
    },
    job,
  );
  using silence = watchForSilence(START_S, () => child.giveUp(STOOD_STILL));
  const log = followLog(child);
  try {
    const zeroMs = await Promise.race([log.begun, child.ended.then(() => null)]);
    job.signal.throwIfAborted();
    if (zeroMs === null) throw failed(await log.complaint(child), 'before it had begun');
    silence.limitS = SILENCE_S;
    job.onStart?.(zeroMs);
    using cpu = followCpu(child);
    const samples = new Samples({ zeroMs, window: job.window, ratePerSecond, seconds });
    using _ticks = setInterval(() => job.onProgress?.(samples.ends), 1000);
    // k6 tells how many users it has each second, whatever they do.
    for await (const line of createInterface({ input: child.process.stdout! })) {
      silence.heard();
      samples.read(line);
    }
    const { code } = await child.ended;
    job.signal.throwIfAborted();
    if (!MADE.includes(code)) throw failed(await log.complaint(child), 'unexpectedly');
    const { tally, census, iterations, notStarted, warnings } = samples.result();
    return toLoadResult(census, tally, {
      generatorCpuSeconds: cpu.coresUsed === null ? null : (cpu.coresUsed * tally.lastAnswerMs) / 1000,
      generatorBusy: null,
      zeroEpochMs: zeroMs,
      scenario: { iterations, notStarted, ...readSummary(JSON.parse(await readFile(summary, 'utf8'))) },
      warnings: [...warnings, ...log.warnings],
    });
  } finally {
    await child.stop();
  }
}

function failed(why: string, when: string): BenchError {
  return new BenchError('K6_FAILED', `k6 ended ${when}: ${why}.`, { exitCode: 4 });
}

/** Follows what k6 logs: when the executors begin, and the exceptions that iterations end with. */
function followLog(child: Child) {
  let begin!: (zeroMs: number) => void;
  const begun = new Promise<number>((resolve) => {
    begin = resolve;
  });
  let last = '';
  let first = '';
  let thrown = 0;
  createInterface({ input: child.process.stderr! }).on('line', (text) => {
    const line = readLogLine(text);
    if (!line) return;
    if (line.msg.startsWith(MARK)) begin(Number(line.msg.slice(MARK.length)));
    if (line.level !== 'error') return;
    last = complaintIn(line);
    if (line.source !== 'stacktrace') return;
    thrown++;
    first ||= last;
  });
  return {
    begun,
    async complaint({ ended }: Child): Promise<string> {
      const { words } = await ended;
      return words === STOOD_STILL ? words : last || words;
    },
    get warnings(): string[] {
      if (thrown === 0) return [];
      const times = thrown === 1 ? 'An iteration' : `${formatCount(thrown)} iterations`;
      return [`${times} of the scenario ended with an exception; the first was: ${first}.`];
    },
  };
}

/** Follows the CPU of k6, which is gone when it has ended. */
function followCpu(child: Child): Disposable & { readonly coresUsed: number | null } {
  const read = () => ({ atMs: epochMs(), seconds: treeCpuSeconds(child.process.pid!) });
  const first = read();
  let last = first;
  const ticks = setInterval(() => {
    const now = child.hasEnded ? null : read();
    if (now?.seconds != null && now.seconds >= (last.seconds ?? 0)) last = now;
  }, 500);
  return {
    get coresUsed() {
      if (first.seconds === null || last.seconds === null || last === first) return null;
      return ((last.seconds - first.seconds) * 1000) / (last.atMs - first.atMs);
    },
    [Symbol.dispose]: () => clearInterval(ticks),
  };
}
