import { setTimeout as sleep } from 'node:timers/promises';
import { BenchError, epochMs } from '../../machine/pure.js';
import type { LoadResult, TraceKind } from '../../record/pure.js';
import { createRouter, type NodeConfig, type RouterOptions, type RouterStats } from '../../router/index.js';
import { readTrace, type TraceEvent } from '../../workload/index.js';
import { dueMs, takeCensus } from '../census.js';
import type { LoadJob, LoadTarget } from '../driver.js';
import { GAVE_UP, Patience } from '../patience.js';
import { toLoadResult } from '../result.js';
import { Sessions } from '../sessions.js';
import { Tally } from '../tally.js';
import { AnswerLog } from './answer-log.js';
import { EarlyErrors } from './early-errors.js';
import { createHttpPerformer } from './http.js';
import type { Performer } from './performer.js';
import { createSqlPerformer } from './sql.js';

/** What the player's process is told. */
export type PlayerJob = Omit<
  LoadJob,
  'signal' | 'runId' | 'onStart' | 'onRouterStats' | 'onProgress' | 'onWarning'
>;

/** What it says. The last is `result` or `failure`. */
export type PlayerMessage =
  | { type: 'start'; zeroEpochMs: number }
  | { type: 'progress'; ok: number; failed: number }
  | { type: 'router'; stats: RouterStats }
  | { type: 'warning'; sentence: string }
  | { type: 'result'; result: LoadResult }
  | { type: 'failure'; code: string; sentence: string; exitCode: number };

/** Between readiness and the schedule's zero: time to open the trace. */
const LEAD_MS = 50;

/**
 * Events that may wait for their sessions' answers before reading on waits too: memory stays flat however far the
 * server falls behind. Which session comes next in the trace isn't known then; it counts as the generator's lateness.
 */
const MAX_UNFINISHED = 20_000;

/** An event, and its place in the trace. */
type PlayedEvent = TraceEvent & { number: number };

/** Plays a trace on its schedule, in this process, telling how it goes. */
export async function play(job: PlayerJob, say: (message: PlayerMessage) => void): Promise<LoadResult> {
  const { window } = job;
  const census = await takeCensus(job.traceFile, job.speed, window);
  const performer = await createPerformer(job, census.kind);
  const warnings: string[] = [];
  const warn = (sentence: string) => {
    warnings.push(sentence);
    say({ type: 'warning', sentence });
  };

  const zeroMs = performance.now() + LEAD_MS;
  const zeroEpochMs = epochMs() + LEAD_MS;
  const now = () => performance.now() - zeroMs;
  say({ type: 'start', zeroEpochMs });
  const cpuAtZero = process.cpuUsage();

  const tally = new Tally(window);
  const { eventsBySession } = census;
  const earlyErrors = new EarlyErrors();
  const answers = job.answers ? new AnswerLog(job.answers) : null;
  const sessions = new Sessions<PlayedEvent>(
    now,
    tally,
    (event) => ({
      category: event.category,
      operation: 'operation' in event ? event.operation : '',
      dueMs: dueMs(event, job.speed),
    }),
    async (event) => {
      const performed = await performer.perform(event);
      const warning = census.kind === 'sql' ? earlyErrors.note(performed, now()) : null;
      if (warning) warn(warning);
      if (event.category !== 'write') answers?.note(event.number, performed);
      const left = eventsBySession.get(event.session)! - 1;
      eventsBySession.set(event.session, left);
      if (left === 0) performer.forget(event.session);
      return performed;
    },
  );
  // Progress and patience each second, the router's state at 10 Hz.
  const patience = Patience.forTimeout(job.timeoutMs);
  const { routerStats } = performer;
  const timers = [
    setInterval(() => {
      say({ type: 'progress', ok: tally.ends.ok, failed: tally.ends.failed });
      if (patience.isOver(now(), tally.ends.ok, sessions.unfinished)) sessions.stop();
    }, 1000),
    routerStats && setInterval(() => say({ type: 'router', stats: routerStats() }), 100),
  ];

  const { events } = await readTrace(job.traceFile);
  let number = 0;
  for await (const event of events) {
    await untilDue(dueMs(event, job.speed), now, sessions);
    if (sessions.stopped) break;
    sessions.offer(Object.assign(event, { number: number++ }));
  }
  await sessions.idle();
  for (const timer of timers) clearInterval(timer);
  await answers?.close();

  const cpu = process.cpuUsage(cpuAtZero);
  const router = routerStats?.();
  if (sessions.stopped) warn(GAVE_UP);
  for (const remark of performer.remarks?.() ?? []) warn(remark);
  await performer.end();
  return toLoadResult(census, tally.toJson(), {
    generatorCpuSeconds: (cpu.user + cpu.system) / 1e6,
    zeroEpochMs,
    ...(router ? { router } : {}),
    warnings,
  });
}

async function createPerformer(job: PlayerJob, kind: TraceKind): Promise<Performer<TraceEvent>> {
  const { target, timeoutMs } = job;
  if (target.kind !== kind) {
    throw new BenchError(
      'DRIVER_KIND',
      `The trace ${job.traceFile} is of kind "${kind}" and can't be played against ${target.kind}.`,
    );
  }
  if (target.kind === 'http') {
    return createHttpPerformer({ url: target.url, timeoutMs, keepAnswers: job.answers !== undefined });
  }
  const { parameterOids } = target;
  return createSqlPerformer(await createRouter(routerOptions(target, timeoutMs)), {
    timeoutMs,
    parameterOids,
  });
}

/** The server itself ends a statement that runs over the time limit. */
function routerOptions(target: LoadTarget & { kind: 'sql' }, timeoutMs: number): RouterOptions {
  const limited = (node: NodeConfig): NodeConfig => ({
    ...(typeof node === 'string' ? { connectionString: node } : node),
    statement_timeout: timeoutMs,
  });
  const { primary, replicas, ...rest } = target.router;
  return {
    ...rest,
    primary: limited(primary),
    replicas: replicas?.map(limited),
    acquireTimeoutMs: timeoutMs,
    applicationName: 'splitbench-player',
  };
}

/** In steps of a second at most, so that a replay that was given up in a long pause ends soon. */
async function untilDue(dueAtMs: number, now: () => number, sessions: Sessions<PlayedEvent>): Promise<void> {
  for (let waitMs = dueAtMs - now(); waitMs > 0 && !sessions.stopped; waitMs = dueAtMs - now()) {
    await sleep(Math.min(Math.ceil(waitMs), 1000));
  }
  while (sessions.unfinished >= MAX_UNFINISHED && !sessions.stopped) await sleep(1);
}
