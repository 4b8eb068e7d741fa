import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Cluster } from '../cluster/index.js';
import { benchVersion } from '../machine/index.js';
import { formatCount, formatSeconds } from '../machine/pure.js';
import { countStatements, nowMs, type StatementCounter } from '../observe/index.js';
import { isCaptured, type LoadResult, RUN_SCHEMA, type RunRecord, type Side } from '../record/pure.js';
import type { RequestCount, RouterStats } from '../router/index.js';
import { parseLsn, visibleAt } from '../router/nodes/index.js';
import { checkResults } from './check-results.js';
import type { Prepared } from './prepare.js';
import type { OnProgress, RunContext } from './progress.js';
import { rehearse } from './rehearse.js';
import type { Settled } from './settle.js';
import { REQUEST_TIMEOUT_MS, type Stage, startStage } from './stage.js';
import { startWatch } from './watch.js';

/** Time blocks of the latency series and of the read volume. */
const BLOCK_S = 5;

export interface Measurement extends RunContext, Settled {
  side: Side;
  prepared: Prepared;
  /** Where what reads are answered goes; null if nobody asked. */
  answersFile: string | null;
}

/**
 * Plays the plan's trace once against a fresh copy of the data set and records what was seen.
 * Everything it starts is stopped when it returns or throws.
 */
export async function measure(request: Measurement): Promise<RunRecord> {
  const { id, side, plan, prepared, signal, onProgress } = request;
  const totalS = plan.load.warmupS + plan.load.durationS;
  onProgress({
    phase: side === 'split' ? 'starting primary and replica' : 'starting the primary',
    etaS: totalS + 5,
  });

  await using stage = await startStage(prepared, { id, side, signal });
  if (stage.service) {
    onProgress({ phase: 'rehearsing', etaS: totalS + 6 });
    await rehearse(stage, request.traceFile, plan.topology.poolSize, signal);
  }
  // Awaited here: the stage is taken down when this returns.
  return await measureOn(stage, request);
}

/**
 * Plays the plan's trace once on a stage that is up, and records what was seen.
 * @param request.monitors false: nothing asks the servers while the load plays, to learn what asking costs. CPU and
 *   latency are recorded all the same; what only the servers know is not.
 */
export async function measureOn(
  stage: Stage,
  request: Measurement & { monitors?: boolean },
): Promise<RunRecord> {
  const { id, side, plan, prepared, signal, onProgress, monitors = true } = request;
  const startedAt = new Date().toISOString();
  const { warmupS, durationS } = plan.load;
  const totalS = warmupS + durationS;
  const captured = isCaptured(request);
  const { cluster, service } = stage;
  const before = service ? (await service.stats()).router : null;
  await using statements = await countStatements(cluster);
  const { traceFile } = request;
  const { traceSha256 } = plan.workload;
  const ofRun = { id, file: request.answersFile, traceFile, traceSha256, primary: cluster.primary };
  await using answers = await checkResults(ofRun);
  await statements.reset();
  await using watch = await startWatch(stage, plan.policy, { monitors });

  let sent = '';
  const marks = new AbortController();
  let marked: Promise<void> | undefined;
  let result: LoadResult;
  try {
    result = await prepared.driver.play({
      traceFile,
      target: stage.target,
      windowStartUs: warmupS * 1e6,
      windowEndUs: totalS * 1e6,
      blockUs: BLOCK_S * 1e6,
      speed: plan.load.speed,
      timeoutMs: REQUEST_TIMEOUT_MS,
      answers: answers?.job,
      signal,
      runId: id,
      onStart(zeroEpochMs) {
        const boundaries = blockBoundaries(warmupS, totalS);
        // A captured trace is measured to its last answer, however far behind its pace the servers fell.
        if (captured) boundaries.pop();
        marked = markAt(monitors ? boundaries : [], { zeroEpochMs, statements, signal: marks.signal });
        // Thrown once the driver is done.
        marked.catch(() => {});
        tellProgress(onProgress, { zeroEpochMs, warmupS, totalS, signal: marks.signal, detail: () => sent });
      },
      onRouterStats: (stats) => watch.pools.push(stats),
      onProgress({ ok, failed }) {
        sent = `${formatCount(ok)} answered${failed > 0 ? `, ${formatCount(failed)} failed` : ''}`;
      },
      onWarning: (warning) => onProgress({ phase: 'measuring', etaS: null, warning }),
    });
    await marked;
    if (captured && monitors) await statements.mark();
  } finally {
    marks.abort();
  }
  onProgress({ phase: 'collecting', etaS: 2 });
  const caughtUp = await waitForReplicas(cluster, signal);
  const router = service ? (await service.stats()).router : result.router!;
  await watch.stop();
  const { statements: seen, volume } = await statements.result();

  const endS = captured ? Math.max(totalS, result.generator.playedSeconds) : totalS;
  const window = { startMs: result.zeroEpochMs + warmupS * 1000, endMs: result.zeroEpochMs + endS * 1000 };
  const processes = watch.machine.result(window);
  const { accounting, ...load } = result;
  const answered = await answers?.finish();
  const seenNodes = watch.nodes.result(window);
  const generatorCores =
    result.generator.cpuSeconds === null
      ? null
      : result.generator.cpuSeconds / result.generator.playedSeconds;
  const { serviceCores, benchCores, stealShare, busyCores } = processes;
  const nodeCores = seenNodes.reduce((sum, node) => sum + node.cpuSeconds, 0) / (endS - warmupS);
  const ourCores = nodeCores + benchCores + (serviceCores ?? 0) + (generatorCores ?? 0);
  const record: RunRecord = {
    schema: RUN_SCHEMA,
    id,
    side,
    benchVersion,
    startedAt,
    finishedAt: new Date().toISOString(),
    plan,
    planHash: request.planHash,
    rateSearch: request.rateSearch,
    window: { seconds: endS - warmupS, blockSeconds: BLOCK_S },
    accounting,
    load: { ...load, driverSource: prepared.driver.source },
    nodes: seenNodes,
    lag: watch.lag.result(window),
    pools: watch.pools.result(window),
    consistency: watch.consistency.result(window),
    statements: seen,
    volume,
    router: sinceThen(router, before),
    processes: { serviceCores, benchCores, generatorCores },
    environment: {
      cpuMethod: plan.topology.cpuMethod,
      loadAverage: os.loadavg(),
      stealShare,
      busyCores,
      othersCores: busyCores === null || generatorCores === null ? null : Math.max(0, busyCores - ourCores),
    },
    ...(answered && { answers: answered }),
    warnings: [...prepared.warnings, ...result.warnings],
  };
  if (endS > totalS * 1.1 + 1) {
    record.warnings.push(
      `The replay took ${formatSeconds(endS)} for a trace of ${formatSeconds(totalS)}: the servers could not keep its pace. ` +
        'Give them more CPU with --node-cpus, or play it slower with --speed.',
    );
  }
  if (!caughtUp)
    record.warnings.push(
      'The replica had not caught up 30 s after the last answer: its counts may be short.',
    );
  return record;
}

/** Where the window's blocks begin and end, in seconds of the schedule; the last block may be short. */
function blockBoundaries(startS: number, endS: number): number[] {
  const whole = Math.ceil((endS - startS) / BLOCK_S);
  return [...Array.from({ length: whole }, (_, block) => startS + block * BLOCK_S), endS];
}

/** Has the statements counted at each of these times, in seconds of the schedule, until aborted. */
async function markAt(
  timesS: number[],
  about: { zeroEpochMs: number; statements: StatementCounter; signal: AbortSignal },
): Promise<void> {
  const { zeroEpochMs, statements, signal } = about;
  for (const atS of timesS) {
    await sleep(Math.max(0, zeroEpochMs + atS * 1000 - nowMs()), undefined, { signal });
    await statements.mark();
  }
}

/** The router's counters since the trace began: what was rehearsed before is not of the run. */
function sinceThen(now: RouterStats, before: RouterStats | null): RunRecord['router'] {
  const keyOf = (row: RequestCount) => [row.category, row.group, row.node, row.reason].join('\n');
  const earlier = new Map(before?.requests.map((row) => [keyOf(row), row]));
  const requests = now.requests.map((row) => {
    const then = earlier.get(keyOf(row));
    return { ...row, ok: row.ok - (then?.ok ?? 0), failed: row.failed - (then?.failed ?? 0) };
  });
  return {
    requests: requests.filter((row) => row.ok + row.failed > 0),
    fallbacks: now.fallbacks - (before?.fallbacks ?? 0),
    misdeclaredWrites: now.misdeclaredWrites - (before?.misdeclaredWrites ?? 0),
    learnedStatements: now.learnedStatements - (before?.learnedStatements ?? 0),
    pools: now.pools,
  };
}

/** Until every replica has replayed what the primary has flushed. False if it takes over 30 s. */
async function waitForReplicas(cluster: Cluster, signal: AbortSignal): Promise<boolean> {
  if (cluster.replicas.length === 0) return true;
  const primary = new pg.Client(cluster.primary.monitor);
  primary.on('error', () => {});
  await primary.connect();
  try {
    const { rows } = await primary.query('SELECT pg_current_wal_flush_lsn() AS lsn');
    const goal = visibleAt(parseLsn(rows[0].lsn));
    for (let waitedMs = 0; waitedMs < 30_000; waitedMs += 50) {
      const behind = await primary.query('SELECT replay_lsn AS lsn FROM pg_stat_replication');
      const replayed = behind.rows.map((r) => (r.lsn ? parseLsn(r.lsn) : 0));
      if (replayed.length >= cluster.replicas.length && replayed.every((lsn) => lsn >= goal)) return true;
      await sleep(50, undefined, { signal });
    }
    return false;
  } finally {
    await primary.end();
  }
}

function tellProgress(
  onProgress: OnProgress,
  {
    zeroEpochMs,
    warmupS,
    totalS,
    signal,
    detail,
  }: { zeroEpochMs: number; warmupS: number; totalS: number; signal: AbortSignal; detail: () => string },
): void {
  const tell = () => {
    const elapsedS = (nowMs() - zeroEpochMs) / 1000;
    onProgress({
      phase: elapsedS < warmupS && warmupS > 0 ? 'warming up' : 'measuring',
      etaS: Math.max(0, totalS - elapsedS) + 2,
      detail: detail(),
    });
  };
  tell();
  const timer = setInterval(tell, 1000);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
