import { Recorder } from '../../src/load/recorder.js';
import { bucketsOf, encodeHistogram, type Histogram } from '../../src/record/histogram.js';
import { PLAN_SCHEMA, type Plan } from '../../src/record/plan.js';
import {
  type Accounting,
  type LagObservation,
  type NodeObservation,
  type PoolObservation,
  RUN_SCHEMA,
  type RunRecord,
  type StatementObservation,
  type VolumeObservation,
} from '../../src/record/run.js';
import { CATEGORIES, type Category, type NodeName, type Role, type Side } from '../../src/record/words.js';
import type { RouteReason } from '../../src/router/types.js';
import type { Pair } from '../../src/score/pair.js';

/**
 * A pair of runs computed from a small model: an open-loop service whose requests cost CPU by category, whose latency
 * grows with how busy its node is, and whose plain reads move to a replica by a share. The same model gives the same
 * records, byte for byte.
 */
export interface Model {
  ratePerSecond: number;
  warmupS: number;
  durationS: number;
  /** Share of the requests by category. */
  mix: Record<Category, number>;
  /** CPU per request in ms. */
  costMs: Record<Category, number>;
  nodeCpus: number;
  /** Share of the plain reads kept on the primary in the split. */
  primaryShare: number;
  lagMs: number;
  /** Of what varies by chance: runs of another seed are repetitions. */
  seed: number;
}

export const smartmenuModel: Model = {
  ratePerSecond: 680,
  warmupS: 10,
  durationS: 60,
  mix: { write: 0.21, read: 0.7, analytics: 0.005, realtime: 0.085 },
  costMs: { write: 0.42, read: 0.38, analytics: 55, realtime: 0.3 },
  nodeCpus: 0.5,
  primaryShare: 0.5,
  lagMs: 1.2,
  seed: 0,
};

/** A captured pgbench log: reads and writes, no analytics, no warm-up. */
export const capturedModel: Model = {
  ratePerSecond: 500,
  warmupS: 0,
  durationS: 60,
  mix: { write: 0.6, read: 0.4, analytics: 0, realtime: 0 },
  costMs: { write: 0.5, read: 0.4, analytics: 0, realtime: 0 },
  nodeCpus: 0.5,
  primaryShare: 0.5,
  lagMs: 3,
  seed: 0,
};

/** The pair of a model; `change` may bend either record before it is returned. */
export function pairOf(model: Model = smartmenuModel, change: (pair: Pair) => void = () => {}): Pair {
  const pair = { baseline: runOf(model, 'baseline'), split: runOf(model, 'split') };
  change(pair);
  return pair;
}

/** Far enough from a full load for runs that cost some per cent more. */
const repeatedModel: Model = { ...smartmenuModel, ratePerSecond: 660 };

/** Trials: `count` pairs, whose requests cost some per cent more or less from one run to the next. */
export function pairsOf(count: number, model: Model = repeatedModel, spread = 0.03): Pair[] {
  return Array.from({ length: count }, (_, i) => ({
    baseline: repeated(model, 'baseline', 2 * i, spread),
    split: repeated(model, 'split', 2 * i + 1, spread),
  }));
}

/** Trials of baselines against baselines. */
export function equalPairsOf(count: number, spread = 0.03): Pair[] {
  return Array.from({ length: count }, (_, i) => ({
    baseline: repeated(repeatedModel, 'baseline', 2 * i, spread),
    split: repeated(repeatedModel, 'baseline', 2 * i + 1, spread),
  }));
}

function repeated(model: Model, side: Side, repetition: number, spread: number): RunRecord {
  const factor = Math.exp(spread * gauss(seeded(100 + repetition)));
  const costMs = { ...model.costMs };
  for (const category of CATEGORIES) costMs[category] *= factor;
  const run = runOf({ ...model, costMs, seed: 1 + repetition }, side);
  run.id = `${run.id}-${repetition}`;
  return run;
}

/** The pair of a captured trace. */
export function capturedPair(change: (pair: Pair) => void = () => {}): Pair {
  return pairOf(capturedModel, (pair) => {
    for (const run of [pair.baseline, pair.split]) {
      Object.assign(run.plan.workload, {
        name: 'postgresql-2026-11-24.csv',
        kind: 'captured',
        seed: null,
        scale: null,
        traceFile: 'traces/pgbench.trace',
        snapshot: { path: 'dumps/pgbench.dump', sha256: 'd'.repeat(64), database: 'pgbench' },
      });
      Object.assign(run.plan.load, {
        driver: 'player',
        ratePerSecond: null,
        targetUtilisation: null,
      });
      run.load.driverSource = 'built in';
      run.rateSearch = null;
      run.load.window.latencyByOperation = {};
    }
    change(pair);
  });
}

/** One run of a model. Drawing its samples takes a moment, so they are drawn once for each model. */
export function runOf(model: Model, side: Side): RunRecord {
  const key = JSON.stringify([model, side]);
  const run = drawn.get(key) ?? drawRun(model, side);
  drawn.set(key, run);
  return structuredClone(run);
}

const drawn = new Map<string, RunRecord>();

function drawRun(model: Model, side: Side): RunRecord {
  const random = seeded((side === 'baseline' ? 1 : 2) + 2 * model.seed);
  const window = countsOf(model, model.durationS);
  const whole = countsOf(model, model.durationS + model.warmupS);
  const names: Role[] = side === 'baseline' ? ['primary'] : ['primary', 'replica'];
  const moved: Record<Category, number> =
    side === 'baseline'
      ? { write: 0, read: 0, analytics: 0, realtime: 0 }
      : { write: 0, read: 1 - model.primaryShare, analytics: 1, realtime: 0 };
  const shareOn = (node: NodeName, category: Category) =>
    node === 'primary' ? 1 - moved[category] : moved[category];
  const busyness = (node: NodeName) =>
    sum(CATEGORIES.map((c) => (window[c] * shareOn(node, c) * model.costMs[c]) / 1000)) /
    (model.durationS * model.nodeCpus);
  const latencyOf = (category: Category, samples: number): Histogram => {
    const node =
      moved[category] >= 0.5 && side === 'split' && category === 'analytics' ? 'replica' : 'primary';
    const wait = 1 / Math.max(0.05, 1 - Math.min(0.97, busyness(node)));
    const scaleMs = 1 + (model.costMs[category] / model.nodeCpus) * (1 + wait * 0.35);
    return histogram(samples, () => scaleMs * 1000 * Math.exp(0.5 * gauss(random)));
  };
  const blockSeconds = 5;
  const blocks = Array.from({ length: Math.ceil(model.durationS / blockSeconds) }, () =>
    perCategory(model, (category) =>
      latencyOf(category, Math.round(window[category] / (model.durationS / blockSeconds))),
    ),
  );

  return {
    schema: RUN_SCHEMA,
    id: side === 'baseline' ? '2026-11-24T18-02-11-baseline' : '2026-11-24T18-03-58-split',
    side,
    benchVersion: '0.1.0',
    startedAt: side === 'baseline' ? '2026-11-24T18:02:11.000Z' : '2026-11-24T18:03:58.000Z',
    finishedAt: side === 'baseline' ? '2026-11-24T18:03:31.000Z' : '2026-11-24T18:05:16.000Z',
    plan: planOf(model, whole),
    planHash: 'a'.repeat(64),
    rateSearch: {
      steps: [
        { ratePerSecond: 300, utilisation: 0.41, seconds: 5 },
        { ratePerSecond: 600, utilisation: 0.8, seconds: 5 },
        { ratePerSecond: model.ratePerSecond, utilisation: 0.9, seconds: 5 },
      ],
      targetUtilisation: 0.9,
      ratePerSecond: model.ratePerSecond,
    },
    window: { seconds: model.durationS, blockSeconds },
    accounting: accounting(whole),
    load: {
      window: {
        accounting: accounting(window),
        latency: perCategory(model, (category) => latencyOf(category, window[category])),
        latencyByOperation: {
          menu: latencyOf('read', window.read),
          order: latencyOf('write', window.write),
          ...(window.analytics > 0 && { report: queued(model, busyness('primary')) }),
        },
        blocks,
        failedByBlock: [],
        operations: { menu: 'read', order: 'write', report: 'analytics' },
        lateness: histogram(sum(Object.values(window)), () => 400 * Math.exp(0.6 * gauss(random))),
        late: {},
        backpressure: histogram(40, () => 3000 * Math.exp(0.8 * gauss(random))),
      },
      errors: [],
      skips: [],
      driverSource: 'built from source',
      timeoutMs: 10_000,
    },
    heldUp: { longestMs: 134, atMs: 21_300 },
    nodes: names.map((name) => nodeObservation(model, name, busyness(name), random)),
    lag: side === 'baseline' ? null : lagObservation(model, random),
    pools: names.map((name) => poolObservation(model, name, busyness(name), random)),
    volume: names.map((node) => volumeObservation(model, node, { window, whole, shareOn, random })),
    router: {
      requests: requestsOf(model, side, whole),
      fallbacks: 0,
      misdeclaredWrites: 0,
    },
    consistency: [],
    machine: {
      serviceCores: 0.31,
      benchCores: 0.03,
      loadAverage: [1.2, 0.9, 0.7],
      stealShare: 0.002,
      busyCores: 1.4,
      longestGapMs: 512,
    },
    gauge: {
      ...{ method: 'thread-cpu', unitMs: 2, longestGapMs: 503 },
      series: { tMs: [500, 1000], unitMs: [1.9, 2.1] },
    },
    processes: { generatorCores: 0.21, generatorBusy: null, othersCores: 0.01 },
    warnings: [],
  };
}

/** Reports of one kind, which take a little more or less by themselves, and wait the longer the busier their server is. */
function queued(model: Model, busy: number): Histogram {
  const random = seeded(7 + model.seed);
  const wait = busy / Math.max(0.05, 1 - busy);
  const alone = (model.costMs.analytics / model.nodeCpus) * 1000;
  return histogram(
    1000,
    () => alone * (1 - 0.1 * Math.log(1 - random()) - 0.35 * wait * Math.log(1 - random())),
  );
}

function planOf(model: Model, events: Record<Category, number>): Plan {
  return {
    schema: PLAN_SCHEMA,
    workload: {
      name: 'smartmenu',
      kind: 'smartmenu',
      seed: 1,
      scale: 1,
      traceFile: null,
      traceSha256: 'b'.repeat(64),
      events: sum(Object.values(events)),
      sessions: 4210,
      eventsByCategory: events,
      snapshot: null,
    },
    load: {
      driver: 'k6',
      driverVersion: '2.2.0',
      ratePerSecond: model.ratePerSecond,
      targetUtilisation: 0.9,
      speed: 1,
      warmupS: model.warmupS,
      durationS: model.durationS,
    },
    topology: {
      kind: 'embedded',
      postgresVersion: '18.4',
      nodes: [
        { name: 'primary', role: 'primary', cpus: model.nodeCpus },
        { name: 'replica', role: 'replica', cpus: model.nodeCpus },
      ],
      cpuMethod: 'cgroup-v1',
      settings: { shared_buffers: '128MB', max_connections: '60', wal_level: 'replica' },
      poolSize: 10,
    },
    policy: {
      name: 'balanced',
      description: 'Reports to the replica, half of the plain reads kept on the primary.',
      categories: {
        read: { target: 'replica', primaryShare: model.primaryShare, consistency: 'delay' },
        analytics: { target: 'replica' },
        realtime: { target: 'primary' },
      },
    },
    machine: {
      platform: 'linux',
      arch: 'x64',
      cpuModel: 'AMD EPYC 7B13',
      cores: 2,
      memoryBytes: 8_332_000_000,
      nodeVersion: 'v20.20.0',
    },
  };
}

function countsOf(model: Model, seconds: number): Record<Category, number> {
  const of = (category: Category) => Math.round(model.ratePerSecond * seconds * model.mix[category]);
  return { write: of('write'), read: of('read'), analytics: of('analytics'), realtime: of('realtime') };
}

function perCategory<T>(model: Model, make: (category: Category) => T): Partial<Record<Category, T>> {
  return Object.fromEntries(CATEGORIES.filter((c) => model.mix[c] > 0).map((c) => [c, make(c)]));
}

function accounting(counts: Record<Category, number>): RunRecord['accounting'] {
  const all = (ok: number): Accounting => ({ captured: ok, ok, failed: 0, skipped: 0, notSent: 0 });
  return {
    ...all(sum(Object.values(counts))),
    byCategory: {
      write: all(counts.write),
      read: all(counts.read),
      analytics: all(counts.analytics),
      realtime: all(counts.realtime),
    },
  };
}

/** Its reads are spread over the blocks by chance; a block's few requests too many are the next one's too few. */
function volumeObservation(
  model: Model,
  node: NodeName,
  drawn: {
    window: Record<Category, number>;
    whole: Record<Category, number>;
    shareOn: (node: NodeName, category: Category) => number;
    random: () => number;
  },
): VolumeObservation {
  const { window, whole, shareOn, random } = drawn;
  const reads = ['read', 'analytics', 'realtime'] as const;
  const callsOf = (counts: Record<Category, number>, categories: readonly Category[]) =>
    sum(categories.map((c) => Math.round(counts[c] * shareOn(node, c))));
  const calls = callsOf(window, reads);
  const execMs = sum(reads.map((c) => window[c] * shareOn(node, c) * model.costMs[c]));
  const blocks = model.durationS / 5;
  return {
    node,
    reads: { calls, execMs, rows: calls * 12, blocks: Math.round(execMs * 40) },
    readCallsByBlock: Array.from({ length: blocks }, () =>
      Math.round((calls * (1 + 0.01 * gauss(random))) / blocks),
    ),
    wholeCalls: { read: callsOf(whole, reads), write: callsOf(whole, ['write']) },
    short: null,
    statements: statements(model, node, window, shareOn),
  };
}

function nodeObservation(model: Model, role: Role, busy: number, random: () => number): NodeObservation {
  const tMs = times(model);
  const utilisation = Math.min(1, busy);
  const cpuCores = tMs.map(
    (t) =>
      Math.max(0, Math.min(1, utilisation * (1 + 0.12 * gauss(random)) * (t < -8000 ? 0.5 : 1))) *
      model.nodeCpus,
  );
  return {
    name: role,
    role,
    budget: { method: 'cgroup-v1', cpus: model.nodeCpus },
    cpuSeconds: utilisation * model.nodeCpus * model.durationS,
    utilisation,
    throttledSeconds: utilisation > 0.8 ? 6.4 : 0.3,
    throttledPeriods: utilisation > 0.8 ? 810 : 40,
    periods: model.durationS * 50,
    memoryBytesMean: 182_000_000,
    memoryBytesMax: 201_000_000,
    longestGapMs: 134,
    series: {
      tMs,
      cpuCores,
    },
  };
}

function lagObservation(model: Model, random: () => number): LagObservation {
  const tMs = times(model).filter((t) => t >= 0);
  const lagMs = tMs.map(() => model.lagMs * Math.exp(0.9 * gauss(random) - 0.4));
  for (let i = 40; i < lagMs.length; i += 97) lagMs[i] = (lagMs[i] ?? 0) + 22;
  const sorted = [...lagMs].sort((a, b) => a - b);
  const at = (p: number) => sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? 0;
  const bytes = tMs.map((_, i) => Math.round((lagMs[i] ?? 0) * 900));
  return {
    commitToVisible: {
      count: lagMs.length,
      meanMs: sum(lagMs) / lagMs.length,
      p50Ms: at(0.5),
      p95Ms: at(0.95),
      p99Ms: at(0.99),
      maxMs: sorted.at(-1) ?? 0,
    },
    unseen: 0,
    series: { tMs, lagMs },
    bytesBehindMean: sum(bytes) / bytes.length,
    reportedReplayMs: 1.1,
    streamingShare: 1,
    longestGapMs: 231,
  };
}

function poolObservation(model: Model, node: string, busy: number, random: () => number): PoolObservation {
  const tMs = times(model);
  const size = 10;
  const inUse = tMs.map(() =>
    Math.max(0, Math.min(size, Math.round(size * busy * 0.45 * (1 + 0.5 * gauss(random))))),
  );
  const sorted = inUse.filter((_, i) => (tMs[i] ?? 0) >= 0).sort((a, b) => a - b);
  return {
    node,
    size,
    utilisationMean: sum(sorted) / sorted.length / size,
    utilisationP95: (sorted[Math.floor(sorted.length * 0.95)] ?? 0) / size,
    utilisationMax: (sorted.at(-1) ?? 0) / size,
    waitingMax: busy > 0.8 ? 2 : 0,
    acquireWaitMsMean: busy > 0.8 ? 0.4 : 0.02,
    longestGapMs: 140,
    series: {
      tMs,
      busy: inUse,
    },
  };
}

const SQL: [Category, number, string][] = [
  [
    'read',
    0.5,
    'SELECT i.id, i.name, i.price FROM menu_item i WHERE i.restaurant_id = $1 ORDER BY i.section, i.position',
  ],
  ['read', 0.3, 'SELECT id, name FROM menu_item WHERE name ILIKE $1 LIMIT $2'],
  [
    'read',
    0.2,
    'SELECT o.id, o.total, o.placed_at FROM orders o WHERE o.customer_id = $1 ORDER BY o.placed_at DESC LIMIT $2',
  ],
  [
    'analytics',
    1,
    'SELECT date_trunc($1, o.placed_at) AS day, sum(o.total) AS revenue, count(*) FROM orders o WHERE o.restaurant_id = $2 GROUP BY 1 ORDER BY 1',
  ],
  ['realtime', 1, 'SELECT status FROM orders WHERE id = $1'],
  ['write', 0.6, 'INSERT INTO orders (restaurant_id, customer_id, total) VALUES ($1, $2, $3) RETURNING id'],
  ['write', 0.4, 'UPDATE orders SET status = $1 WHERE id = $2'],
];

function statements(
  model: Model,
  node: NodeName,
  counts: Record<Category, number>,
  share: (node: NodeName, category: Category) => number,
): StatementObservation[] {
  return SQL.map(([category, part, text]) => {
    const calls = Math.round(counts[category] * part * share(node, category));
    return {
      ...(category === 'write' ? { kind: 'write' as const } : { kind: 'read' as const, category }),
      text,
      calls,
      execMs: calls * model.costMs[category],
      rows: calls,
      blocks: 4 * calls,
    };
  }).filter((statement) => statement.calls > 0);
}

function requestsOf(
  model: Model,
  side: Side,
  counts: Record<Category, number>,
): RunRecord['router']['requests'] {
  const row = (category: Category, node: NodeName, reason: RouteReason, share: number) => ({
    category,
    group: '',
    node,
    reason,
    ok: Math.round(counts[category] * share),
    failed: 0,
  });
  if (side === 'baseline') {
    return CATEGORIES.map((c) => row(c, 'primary', c === 'write' ? 'write' : 'no-replica', 1)).filter(
      (r) => r.ok > 0,
    );
  }
  return [
    row('write', 'primary', 'write', 1),
    row('realtime', 'primary', 'realtime', 1),
    row('analytics', 'replica', 'policy-replica', 1),
    row('read', 'replica', 'policy-replica', 1 - model.primaryShare),
    row('read', 'primary', 'primary-share', model.primaryShare - 0.04),
    row('read', 'primary', 'sticky', 0.04),
  ].filter((r) => r.ok > 0);
}

/** 10 Hz from the start of the warm-up to the end of the window. */
function times(model: Model): number[] {
  const from = -model.warmupS * 1000;
  return Array.from({ length: (model.warmupS + model.durationS) * 10 }, (_, i) => from + i * 100);
}

export function histogram(samples: number, drawUs: () => number): Histogram {
  const recorder = new Recorder();
  for (let i = 0; i < samples; i++) recorder.record(Math.max(1, drawUs()));
  return encodeHistogram(recorder.toJson());
}

/** The same samples, each `factor` times as long. */
export function stretched(histogram: Histogram, factor: number): Histogram {
  const { count, sumUs, minUs, maxUs } = histogram;
  return encodeHistogram({
    count,
    sumUs: sumUs * factor,
    minUs: minUs * factor,
    maxUs: maxUs * factor,
    buckets: pairsIn(histogram).map(([us, n]) => [us * factor, n]),
  });
}

/** The same samples, and as many again of one length, which is the longest. */
export function doubledBy(histogram: Histogram, us: number): Histogram {
  const { count, sumUs, minUs } = histogram;
  return encodeHistogram({
    count: 2 * count,
    sumUs: sumUs + count * us,
    minUs,
    maxUs: us,
    buckets: [...pairsIn(histogram), [us, count]],
  });
}

/** Has the slowest requests of a category fail in a run, as many as said, in equal parts from each time block. */
export function failSlowest(
  { accounting, load, router }: RunRecord,
  category: Category,
  count: number,
): void {
  const { window } = load;
  for (const each of [accounting, window.accounting]) {
    for (const part of [each, each.byCategory[category]]) {
      part.ok -= count;
      part.failed += count;
    }
  }
  const row = router.requests.find((each) => each.category === category)!;
  row.ok -= count;
  row.failed += count;
  load.errors.push({ category, operation: 'report', code: '40001 serialization_failure', count });
  window.latency[category] = withoutSlowest(window.latency[category]!, count);
  const { blocks } = window;
  window.failedByBlock = blocks.map((block, i) => {
    const failed = Math.floor(((i + 1) * count) / blocks.length) - Math.floor((i * count) / blocks.length);
    block[category] = withoutSlowest(block[category]!, failed);
    return { [category]: failed };
  });
}

function withoutSlowest(histogram: Histogram, count: number): Histogram {
  const recorder = new Recorder();
  const all = pairsIn(histogram).flatMap(([us, n]) => new Array<number>(n).fill(us));
  for (const us of all.slice(0, all.length - count)) recorder.record(us);
  return encodeHistogram(recorder.toJson());
}

function pairsIn(histogram: Histogram): [us: number, count: number][] {
  const { valuesUs, counts } = bucketsOf(histogram);
  return Array.from(valuesUs, (us, i) => [us, counts[i]!]);
}

/** Mulberry32: small, fast and the same everywhere. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function gauss(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
