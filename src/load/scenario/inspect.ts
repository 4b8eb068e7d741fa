import { text } from 'node:stream/consumers';
import { sumOf } from '../../machine/pure.js';
import type { K6 } from '../k6/version.js';
import { type CompiledScenario, scenarioInvalid } from './compile.js';
import { complaintIn, readLogLine, startK6 } from './start.js';

/** The executors of a scenario's own: their kinds by name, and when the last of them ends, at most. */
export interface OwnPace {
  executors: Record<string, string>;
  seconds: number;
}

/** Of k6's executors, as `k6 inspect` tells them. */
interface Executor {
  executor: string;
  startTime: string | null;
  duration?: string | null;
  maxDuration?: string | null;
  stages?: { duration: string }[] | null;
}

/** What `k6 inspect --execution-requirements` tells, of a scenario without executors one that runs once. */
interface Inspected {
  vus: number | null;
  duration: string | null;
  iterations: number | null;
  stages: unknown[] | null;
  scenarios: Record<string, Executor & { vus?: number | null; iterations?: number | null }>;
}

/** Where an executor says nothing. */
const MAX_DURATION = '10m';

/**
 * Has k6 read a scenario.
 * @param ratePerSecond of its iterations, in place of its own executors
 * @returns its own executors; null where it has none, or a rate stands in their place
 * @throws BenchError SCENARIO_INVALID with k6's words
 */
export async function inspectScenario(
  k6: K6,
  scenario: CompiledScenario,
  { ratePerSecond, seconds, signal }: { ratePerSecond: number | null; seconds: number; signal: AbortSignal },
): Promise<OwnPace | null> {
  const job = { ratePerSecond, seconds, timeoutMs: 0, mark: '', metric: 'splitbench', summary: '' };
  const child = startK6(k6, ['inspect', '--execution-requirements'], scenario, job, { signal });
  const { stdout, stderr } = child.process;
  const [said, complaints, { code, words }] = await Promise.all([text(stdout!), text(stderr!), child.ended]);
  signal.throwIfAborted();
  if (code !== 0) {
    const line = complaints
      .split('\n')
      .flatMap((each) => readLogLine(each) ?? [])
      .at(-1);
    throw scenarioInvalid(scenario.file, line ? complaintIn(line) : words);
  }
  const inspected = JSON.parse(said) as Inspected;
  if (ratePerSecond !== null || !hasExecutors(inspected)) return null;
  const all = Object.entries(inspected.scenarios);
  return {
    executors: Object.fromEntries(all.map(([name, { executor }]) => [name, executor])),
    seconds: Math.max(...all.map(([, executor]) => endOf(executor))),
  };
}

function hasExecutors({ vus, duration, iterations, stages, scenarios }: Inspected): boolean {
  const { default: single, ...others } = scenarios;
  const isNone = single && single.vus === null && single.iterations === null;
  return (
    [vus, duration, iterations, stages].some((each) => each !== null) ||
    !isNone ||
    Object.keys(others).length > 0
  );
}

function endOf({ startTime, duration, maxDuration, stages }: Executor): number {
  const lasts = stages
    ? sumOf(stages, (stage) => secondsOf(stage.duration))
    : secondsOf(duration ?? maxDuration ?? MAX_DURATION);
  return secondsOf(startTime ?? '0s') + lasts;
}

const UNITS: Record<string, number> = {
  d: 86_400,
  h: 3600,
  m: 60,
  s: 1,
  ms: 1e-3,
  us: 1e-6,
  µs: 1e-6,
  ns: 1e-9,
};

/** Of a duration as Go writes it: `1h2m3.5s`. */
function secondsOf(duration: string): number {
  const parts = duration.matchAll(/([\d.]+)(ms|us|µs|ns|d|h|m|s)/g);
  return sumOf(parts, ([, amount, unit]) => Number(amount) * UNITS[unit!]!);
}
