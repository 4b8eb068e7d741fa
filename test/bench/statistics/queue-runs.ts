import { random } from '../../../src/machine/random.js';
import type { Accounting, NodeObservation, PoolObservation, RunRecord } from '../../../src/record/run.js';
import { CATEGORIES, type Category, type NodeName, type Side } from '../../../src/record/words.js';
import { OPERATIONS } from '../../../src/workload/smartmenu/statements.js';
import { generateTraffic } from '../../../src/workload/smartmenu/traffic.js';
import { runOf, smartmenuModel } from '../../score/fixture.js';
import { normals } from '../../score/statistics/simulated.js';
import { histogramOf } from './histograms.js';
import { type NodeModel, type Served, serve } from './queue.js';

/** Half a core for each node, as SmartMenu's default is: 10 of each 20 ms, on a machine that has 1.4 cores left for it. */
const NODE: NodeModel = { cores: 1.4, quotaMs: 10, periodMs: 20, connections: 10 };
const [WARMUP_S, DURATION_S, BLOCK_S, SAMPLE_MS] = [10, 60, 5, 100];
const END_MS = (WARMUP_S + DURATION_S) * 1000;

/** CPU of a request in ms: by operation for those that matter, else by category. Reports are half a per cent, and a third of the work. */
const COST_MS: Record<string, number> = {
  ...{ read: 0.38, write: 0.42, realtime: 0.3, analytics: 55 },
  ...{ 'report.revenue': 60, 'report.usage': 70, 'report.hours': 50, 'export.orders': 40 },
};
/** What replaying a write costs the replica, of what it cost the primary. */
const REPLAY = 0.25;
/** How the costs of equal requests differ: between requests, and between two executions of one. Standard deviation of the logarithm. */
const SPREAD = { requests: 0.4, executions: 0.2 };
/** The policy `balanced` moves these whole, and every second of the other reads. */
const MOVED_GROUPS: readonly string[] = ['analytics', 'history', 'audit', 'caching', 'jobs'];

/** A trace as the model plays it. */
export interface Trace {
  ratePerSecond: number;
  dueMs: Float64Array;
  categories: Category[];
  operations: string[];
  moved: boolean[];
  costMs: Float64Array;
  /** Share of a node's budget that it takes on average in the window, at costs as they are. */
  load: number;
}

/** SmartMenu's own traffic, whose reports alone take CPU enough to be waited for. */
export function traceOf(seed: number, ratePerSecond = 640): Trace {
  const normal = normals(seed + 1000);
  const events = [...generateTraffic({ seed, scale: 0.05, ratePerSecond, durationS: END_MS / 1000 })];
  const groups = new Map<string, string>(OPERATIONS.map(({ name, group }) => [name, group]));
  let plain = 0;
  const moved = events.map(({ category, operation }) => {
    if (MOVED_GROUPS.includes(groups.get(operation)!)) return true;
    return category === 'read' && plain++ % 2 === 0;
  });
  const costMs = Float64Array.from(events, ({ operation, category }) => {
    return (COST_MS[operation] ?? COST_MS[category]!) * logNormal(SPREAD.requests, normal());
  });
  const dueMs = Float64Array.from(events, ({ dueUs }) => dueUs / 1000);
  const inWindow = costMs.filter((_, i) => dueMs[i]! >= WARMUP_S * 1000);
  const load =
    inWindow.reduce((sum, each) => sum + each, 0) / ((DURATION_S * 1000 * NODE.quotaMs) / NODE.periodMs);
  const categories = events.map(({ category }) => category);
  return {
    ratePerSecond,
    dueMs,
    categories,
    operations: events.map(({ operation }) => operation),
    moved,
    costMs,
    load,
  };
}

/** With mean 1. */
function logNormal(sd: number, normal: number): number {
  return Math.exp(sd * normal - sd ** 2 / 2);
}

export interface QueueRun {
  side: Side;
  /** What the baseline's primary should use of its budget at costs as they are, 0..1. */
  load: number;
  /** What all costs of this run are multiplied by. */
  factor: number;
  /** By how much costs are up at the end of the run, as a share; half before its middle. */
  drift?: number;
  /** Whether a split moves nothing. */
  useless?: boolean;
  /** What the rate was found for; null: it was given. */
  planned?: number | null;
  seed: number;
}

/** The record of a run in the model. Costs differ by 4 % from 5 s to 5 s. */
export function queueRun(
  trace: Trace,
  { side, load, factor, drift = 0, useless = false, planned = null, seed }: QueueRun,
): RunRecord {
  const normal = normals(seed);
  const { next } = random(seed, 8, 0);
  const stretches = Array.from({ length: END_MS / (BLOCK_S * 1000) }, () => logNormal(0.04, normal()));
  const scale = (load / trace.load) * factor;
  const cost = (i: number) => {
    const due = trace.dueMs[i]!;
    const course = stretches[Math.floor(due / (BLOCK_S * 1000))]! * (1 + drift * (due / END_MS - 0.5));
    return trace.costMs[i]! * scale * course * logNormal(SPREAD.executions, normal());
  };
  const names: NodeName[] = side === 'split' ? ['primary', 'replica'] : ['primary'];
  const on = (i: number): NodeName =>
    side === 'split' && !useless && trace.moved[i] ? 'replica' : 'primary';
  const costs = trace.costMs.map((_, i) => cost(i));
  const answeredMs = new Float64Array(trace.dueMs.length);
  const served = names.map((name) => {
    const indices: number[] = [];
    for (let i = 0; i < costs.length; i++) {
      if (on(i) === name || (name === 'replica' && trace.categories[i] === 'write')) indices.push(i);
    }
    const requests = {
      dueMs: Float64Array.from(indices, (i) => trace.dueMs[i]!),
      costMs: Float64Array.from(indices, (i) => costs[i]! * (on(i) === name ? 1 : REPLAY)),
    };
    const node = serve(NODE, requests, SAMPLE_MS, END_MS);
    indices.forEach((i, at) => {
      if (on(i) === name) answeredMs[i] = node.answeredMs[at]!;
    });
    return { name, node };
  });
  return recordOf(trace, { side, planned, seed, served, answeredMs, on, random: next, normal });
}

interface Played extends Pick<QueueRun, 'side' | 'seed'> {
  planned: number | null;
  served: { name: NodeName; node: Served }[];
  answeredMs: Float64Array;
  on(request: number): NodeName;
  random(): number;
  normal(): number;
}

function recordOf(trace: Trace, { side, planned, seed, served, answeredMs, on, normal }: Played): RunRecord {
  const template = runOf(
    { ...smartmenuModel, ratePerSecond: trace.ratePerSecond, warmupS: WARMUP_S, durationS: DURATION_S },
    side,
  );
  const blocks = Array.from({ length: DURATION_S / BLOCK_S }, () => lists<Category>());
  const latency = lists<Category>();
  const byOperation = lists<string>();
  const counts = { whole: zero(), window: zero() };
  const reads = new Map(
    served.map(({ name }) => [
      name,
      { whole: 0, window: 0, blocks: new Array<number>(blocks.length).fill(0) },
    ]),
  );
  trace.dueMs.forEach((due, i) => {
    const category = trace.categories[i]!;
    counts.whole[category]++;
    const read = reads.get(on(i))!;
    if (category !== 'write') read.whole++;
    const inWindowMs = due - WARMUP_S * 1000;
    // By when it ran: what falls over an end of the window is not the same in two runs.
    const ranMs = answeredMs[i]! - WARMUP_S * 1000;
    if (category !== 'write' && ranMs >= 0 && ranMs < DURATION_S * 1000) {
      read.window++;
      read.blocks[Math.floor(ranMs / (BLOCK_S * 1000))]!++;
    }
    if (inWindowMs < 0) return;
    counts.window[category]++;
    const took = answeredMs[i]! - due + 0.4;
    latency.add(category, took);
    byOperation.add(trace.operations[i]!, took);
    blocks[Math.floor(inWindowMs / (BLOCK_S * 1000))]!.add(category, took);
  });
  const nodes = served.map(({ name, node }) => nodeOf(template, name, node));
  const utilisation = nodes[0]!.utilisation!;
  const lag = template.lag && lagOf(template.lag, normal);
  return {
    ...template,
    id: `${template.id}-${seed}`,
    plan: {
      ...template.plan,
      load: { ...template.plan.load, targetUtilisation: planned },
      workload: { ...template.plan.workload, eventsByCategory: counts.whole },
    },
    accounting: accountingOf(counts.whole),
    load: {
      ...template.load,
      window: {
        ...template.load.window,
        accounting: accountingOf(counts.window),
        latency: latency.histograms(),
        latencyByOperation: byOperation.histograms(),
        operations: Object.fromEntries(trace.operations.map((name, i) => [name, trace.categories[i]!])),
        blocks: blocks.map((block) => block.histograms()),
        lateness: LATENESS,
        backpressure: LATENESS,
      },
    },
    nodes,
    lag,
    pools: served.map(({ name, node }) => poolOf(name, node)),
    volume: template.volume.map((volume) => {
      const { window, whole, blocks } = reads.get(volume.node)!;
      return {
        ...volume,
        reads: { ...volume.reads, calls: window },
        readCallsByBlock: blocks,
        wholeCalls: { read: whole, write: volume.node === 'primary' ? counts.whole.write : 0 },
      };
    }),
    router: {
      ...template.router,
      requests: CATEGORIES.map((category) => ({
        ...{
          category,
          group: '',
          node: 'primary',
          reason: 'write' as const,
          ok: counts.whole[category],
          failed: 0,
        },
      })),
    },
    rateSearch: null,
    machine: { ...template.machine, busyCores: 0.6 + utilisation * 0.5 },
  };
}

const LATENESS = histogramOf([0.2, 0.3, 0.4, 0.3]);

function zero(): Record<Category, number> {
  return { write: 0, read: 0, analytics: 0, realtime: 0 };
}

function lists<Key extends string>() {
  const values = new Map<Key, number[]>();
  return {
    add(key: Key, ms: number) {
      const known = values.get(key);
      if (known) known.push(ms);
      else values.set(key, [ms]);
    },
    histograms: () =>
      Object.fromEntries(Array.from(values, ([key, list]) => [key, histogramOf(list)])) as Record<
        Key,
        ReturnType<typeof histogramOf>
      >,
  };
}

function accountingOf(counts: Record<Category, number>): RunRecord['accounting'] {
  const all = (ok: number): Accounting => ({ captured: ok, ok, failed: 0, skipped: 0, notSent: 0 });
  const of = (category: Category) => all(counts[category]);
  return {
    ...all(CATEGORIES.reduce((sum, category) => sum + counts[category], 0)),
    byCategory: {
      write: of('write'),
      read: of('read'),
      analytics: of('analytics'),
      realtime: of('realtime'),
    },
  };
}

function times(node: Served): number[] {
  return Array.from(node.cpuMs, (_, i) => (i + 1) * SAMPLE_MS - WARMUP_S * 1000);
}

function nodeOf(template: RunRecord, name: NodeName, node: Served): NodeObservation {
  const inWindow = node.cpuMs.subarray((WARMUP_S * 1000) / SAMPLE_MS);
  const cpuSeconds = inWindow.reduce((sum, each) => sum + each, 0) / 1000;
  return {
    ...template.nodes.find((each) => each.name === name)!,
    ...{ cpuSeconds, utilisation: cpuSeconds / (DURATION_S * smartmenuModel.nodeCpus) },
    throttledPeriods: node.throttledPeriods,
    periods: node.periods,
    series: { tMs: times(node), cpuCores: Array.from(node.cpuMs, (ms) => ms / SAMPLE_MS) },
  };
}

function poolOf(name: NodeName, node: Served): PoolObservation {
  const busy = [...node.busy.subarray((WARMUP_S * 1000) / SAMPLE_MS)].sort((a, b) => a - b);
  const mean = busy.reduce((sum, each) => sum + each, 0) / busy.length;
  const size = NODE.connections;
  return {
    ...{
      node: name,
      size,
      utilisationMean: mean / size,
      utilisationP95: busy[Math.floor(busy.length * 0.95)]! / size,
    },
    ...{ utilisationMax: busy.at(-1)! / size, waitingMax: 0, acquireWaitMsMean: 0.1, longestGapMs: 0 },
    series: { tMs: times(node), busy: [...node.busy] },
  };
}

/** A lag of its own in each run, and a commit's in each. */
function lagOf(lag: NonNullable<RunRecord['lag']>, normal: () => number): NonNullable<RunRecord['lag']> {
  const level = 4 * logNormal(0.3, normal());
  const lagMs = lag.series.tMs.map(() => level * logNormal(0.8, normal()));
  const meanMs = lagMs.reduce((sum, each) => sum + each, 0) / lagMs.length;
  return {
    ...lag,
    commitToVisible: { ...lag.commitToVisible, count: lagMs.length, meanMs },
    series: { ...lag.series, lagMs },
  };
}
