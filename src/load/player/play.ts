import { availableParallelism } from 'node:os';
import { epochOf, monotonicMs } from '../../machine/index.js';
import { BenchError, sumOf } from '../../machine/pure.js';
import type { LoadResult } from '../../record/pure.js';
import { Inference } from '../../workload/generated-keys/index.js';
import { takeCensus } from '../census.js';
import { GAVE_UP, Patience } from '../patience.js';
import { toLoadResult } from '../result.js';
import { Tally } from '../tally.js';
import { PLAYER, poolSizesOf } from './by-role.js';
import { deal, threadsFor } from './deal.js';
import { LockWatch } from './lock-watch.js';
import type { PartMessage, PartState, PlayerJob, PlayerMessage } from './messages.js';
import { remarkOnKept, remarkOnPinning } from './pinning.js';
import { remarkOnKeys, shareKeys } from './replayed-keys.js';
import { sumStats } from './sum-stats.js';
import { startThreads } from './threads.js';

/** Between readiness and the schedule's zero: time to open the trace. */
const LEAD_MS = 50;

/** Plays a trace on its schedule, in threads of this process, telling how it goes. */
export async function play(job: PlayerJob, say: (message: PlayerMessage) => void): Promise<LoadResult> {
  const { target, window } = job;
  const keyCatalog = target.kind === 'sql' ? target.keyCatalog : undefined;
  const inference = keyCatalog ? await Inference.start(keyCatalog) : null;
  const census = await takeCensus(job.traceFile, job.speed, window, (event, place) =>
    inference?.see(event, place),
  );
  if (target.kind !== census.kind) {
    throw new BenchError(
      'DRIVER_KIND',
      `The trace ${job.traceFile} is of kind "${census.kind}" and can't be played against ${target.kind}.`,
    );
  }
  const roles = target.kind === 'sql' ? poolSizesOf(target) : undefined;
  const poolSize = roles && sumOf(Object.values(roles));
  // A pool that sessions share is one thread's: of its parts some would be idle while others are waited for.
  const shared = target.kind === 'sql' && target.pooled;
  const threads =
    job.threads ?? (shared ? 1 : threadsFor(census, { cores: availableParallelism(), poolSize }));
  const shares = deal(census.sessions, { threads, roles });

  const warnings: string[] = [];
  const warn = (sentence: string) => {
    warnings.push(sentence);
    say({ type: 'warning', sentence });
  };
  const states: PartState[] = [];
  const hear = (message: PartMessage, thread: number) => {
    if (message.type === 'state') states[thread] = message.state;
    // One thread's warning is enough: of the others' sessions the same is true.
    if (message.type === 'warning' && warnings.length === 0) warn(message.sentence);
  };
  const found = inference?.result();
  const keys = found ? shareKeys(found) : undefined;
  const jobs = shares.map((share) => ({
    ...job,
    kind: census.kind,
    tellsFailures: census.tellsFailures,
    share,
    keys,
  }));
  await using parts = await startThreads(jobs, hear);

  const zeroMs = monotonicMs() + LEAD_MS;
  say({ type: 'start', zeroMs });
  const cpuAtZero = process.cpuUsage();
  parts.tell({ type: 'play', zeroMs });

  const nodes = target.kind === 'sql' ? target.router : undefined;
  const locks = nodes && new LockWatch(nodes.monitors?.primary ?? nodes.primary, PLAYER);

  // Progress and patience each second, the router's state at 10 Hz.
  const patience = Patience.forTimeout(job.timeoutMs);
  let gaveUp = false;
  const timers = [
    setInterval(() => {
      const total = (what: 'ok' | 'failed' | 'unfinished') => sumOf(states, (state) => state[what]);
      const [ok, failed, unfinished] = [total('ok'), total('failed'), total('unfinished')];
      say({ type: 'progress', ok, failed });
      if (gaveUp || !patience.isOver(monotonicMs() - zeroMs, ok, unfinished)) return;
      gaveUp = true;
      parts.tell({ type: 'stop' });
    }, 1000),
    setInterval(() => {
      const routers = states.flatMap(({ router }) => router ?? []);
      if (routers.length === threads) say({ type: 'router', stats: sumStats(routers) });
      locks?.note(Math.max(0, ...states.map(({ unansweredMs }) => unansweredMs)));
    }, 100),
  ];
  const results = await parts.results.finally(() => timers.forEach(clearInterval));
  const seen = await locks?.end();
  const cutOff = sumOf(results, (result) => result.cutOff);

  const cpu = process.cpuUsage(cpuAtZero);
  if (gaveUp) warn(GAVE_UP);
  if (seen?.failure)
    warn(`Who waited for locks was not always learnt: the primary did not tell (${seen.failure}).`);
  const tally = new Tally(window);
  for (const result of results) tally.add(result.tally);
  const routers = results.flatMap(({ router }) => router ?? []);
  const router = routers.length > 0 ? sumStats(routers) : undefined;
  for (const remark of router ? [remarkOnPinning(router.pinning), remarkOnKept(router.kept)] : []) {
    if (remark) warn(remark);
  }
  if (keys) warn(remarkOnKeys(keys));
  return toLoadResult(census, tally.toJson(), {
    generatorCpuSeconds: (cpu.user + cpu.system) / 1e6,
    generatorBusy: Math.max(...results.map(({ busy }) => busy)),
    zeroEpochMs: epochOf(zeroMs),
    ...(router && { router }),
    ...(seen && { lockWaits: { ...seen.waits, cutOff } }),
    warnings,
  });
}
