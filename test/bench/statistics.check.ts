import { afterAll, beforeEach, expect, test } from 'vitest';
import { random } from '../../src/machine/random.js';
import { failedRequests } from '../../src/score/costs/counts.js';
import { score, TARGETS } from '../../src/score/index.js';
import type { Pair } from '../../src/score/pair.js';
import { POWER, pairsNeeded } from '../../src/score/statistics/power.js';
import type { TargetId } from '../../src/score/targets/index.js';
import { scoreTrials } from '../../src/score/trials.js';
import { normals, poisson } from '../score/statistics/simulated.js';
import {
  differing,
  Judged,
  meanLogRatio,
  queuePairs,
  rowOf,
  type Setup,
  scoreAt,
  trialsOf,
} from './statistics/campaigns.js';
import { traceOf } from './statistics/queue-runs.js';
import { exceeds, percentOf, print, type Tally, tally } from './statistics/tables.js';
import { campaign, type Truth, WORLDS, type World } from './statistics/worlds.js';

/**
 * How often the scorecard says what isn't so, over campaigns of simulated runs: `npm run check:statistics`. CAMPAIGNS is how
 * many there are to a cell of the surrogate worlds (a third of it in those of the queue, and of pairs that would tell), SEED what they are drawn from.
 *
 * The goals: any difference between equal sides in at most 5 % of campaigns; a target called met that is truly just on
 * its bound in at most 2.5 %; intervals that hold the truth in 95 %. A cell fails where chance explains it once in a thousand.
 */
const CAMPAIGNS = Number(process.env.CAMPAIGNS ?? 240);
const SEED = Number(process.env.SEED ?? 1);
const IN_QUEUE = Math.max(1, Math.round(CAMPAIGNS / 3));
const GOAL = { difference: 5, met: 2.5, coverage: 95, invalid: 5, told: 100 * POWER, toldAsSaid: 60 };
const PAIRS = [1, 2, 3, 5, 10];

/** The seed of one campaign, of its own in each cell. */
const seedOf = (cell: number, index: number) => SEED * 1e9 + cell * 10_000 + index;
/** Cells are counted from the same number on in each table, whether others are made or not. */
let cell = 0;
beforeEach(({ task }) => {
  cell = 1000 * task.file.tasks.indexOf(task);
});

const startedMs = performance.now();
afterAll(() => {
  console.log(
    `${CAMPAIGNS} campaigns to a cell, seed ${SEED}, ${((performance.now() - startedMs) / 60_000).toFixed(1)} minutes`,
  );
});

/** Collects the cells that miss a goal, so that a table is printed whole before any of them fails. */
function goals() {
  const missed: string[] = [];
  return {
    missed,
    atMost(goal: number, found: Tally, what: string) {
      if (exceeds(found, goal)) missed.push(`${what}: ${percentOf(found)} %, at most ${goal} %`);
    },
    atLeast(goal: number, found: Tally, what: string) {
      if (exceeds({ count: found.of - found.count, of: found.of }, 100 - goal))
        missed.push(`${what}: ${percentOf(found)} %, at least ${goal} %`);
    },
  };
}

test('equal sides show no difference', () => {
  const { missed, atMost } = goals();
  const rows = WORLDS.map((world) => [
    world.name,
    ...PAIRS.map((pairs) => {
      const found = tally();
      const figures = new Map<string, number>();
      cell++;
      for (let i = 0; i < CAMPAIGNS; i++) {
        const differ = differing(score(campaign(world, pairs, null, seedOf(cell, i))));
        for (const figure of differ) figures.set(figure, (figures.get(figure) ?? 0) + 1);
        found.note(differ.length > 0);
      }
      if (judgedIn(world, pairs))
        atMost(GOAL.difference, found, `${world.name}, ${counted(pairs)} (${inWords(figures)})`);
      return percentOf(found);
    }),
  ]);
  print('Any difference found between equal sides, percent of campaigns', ['world', ...heads()], rows);
  expect(missed).toEqual([]);
});

const counted = (pairs: number) => (pairs === 1 ? '1 pair' : `${pairs} pairs`);
const heads = () => PAIRS.map(counted);

const judgedIn = ({ wild }: World, pairs: number) => pairs > 1 || !wild;

function inWords(figures: ReadonlyMap<string, number>): string {
  const sorted = [...figures].sort(([, a], [, b]) => b - a);
  return sorted.map(([figure, count]) => `${figure} ${count}`).join(', ');
}

const TRUTH: [TargetId, number][] = [
  ['primary-cpu', 40],
  ['primary-read-volume', 40],
  ['analytics-speedup', 2],
  ['pool-utilisation', 70],
  ['replica-lag', 100],
];

const AT_BOUND: World[] = [
  { name: 'CPU ± 5 %, latency 0.3, lag 0.3', cpu: 0.05, lag: 0.3 },
  { name: 'CPU ± 10 %, latency 0.3, lag 1', cpu: 0.1, lag: 1 },
  { name: 'CPU ± 15 %, latency 0.5, lag 0.6', cpu: 0.15, latency: 0.5, lag: 0.6, wild: true },
  {
    name: 'drift, autocorrelation, outliers',
    cpu: 0.1,
    drift: true,
    following: 0.6,
    outliers: true,
    wild: true,
  },
];

test('what is just on its bound is not called met', () => {
  const { missed, atMost, atLeast } = goals();
  const rows: string[][] = [];
  const covered: string[][] = [];
  for (const world of AT_BOUND) {
    const byPairs = PAIRS.map((pairs) => {
      const judged = new Map(TRUTH.map(([id]) => [id, new Judged()]));
      cell++;
      for (let i = 0; i < CAMPAIGNS; i++) {
        const card = score(campaign(world, pairs, {}, seedOf(cell, i)));
        for (const [id, truth] of TRUTH) judged.get(id)!.note(rowOf(card, id), truth);
      }
      return { pairs, judged };
    });
    for (const [id] of TRUTH) {
      const name = `${TARGETS[id].title}; ${world.name}`;
      const cells = byPairs.map(({ pairs, judged }) => ({ pairs, ...judged.get(id)! }));
      rows.push([name, ...cells.map((each) => `${percentOf(each.met)} / ${percentOf(each.missed)}`)]);
      covered.push([name, ...cells.map(({ held }) => percentOf(held))]);
      for (const { pairs, met, held } of cells) {
        if (!judgedIn(world, pairs)) continue;
        atMost(GOAL.met, met, `met, ${name}, ${counted(pairs)}`);
        if (!world.drift) atLeast(GOAL.coverage, held, `coverage, ${name}, ${counted(pairs)}`);
      }
    }
  }
  print('True value on the bound: met / missed, percent of campaigns', ['row; world', ...heads()], rows);
  print('Intervals that hold the truth, percent', ['row; world', ...heads()], covered);
  expect(missed).toEqual([]);
});

const trace = traceOf(SEED);
const SPREADS = [0, 0.03, 0.06, 0.1];
const figureOf = (id: TargetId) => TARGETS[id].figure.of;

test('failed requests that come in bursts are not called more', () => {
  const { missed, atMost } = goals();
  const rows = [0, 0.5, 1, 2].flatMap((spread) =>
    [5, 50].map((mean) => {
      const name = `${mean} a run, rate ± ${spread * 100} %`;
      const cells = PAIRS.map((pairs) => {
        const worse = tally();
        cell++;
        for (let i = 0; i < CAMPAIGNS; i++) {
          const counts = burstyCounts(2 * pairs, mean, spread, seedOf(cell, i));
          const run = () => ({ accounting: { failed: counts.next().value! }, load: {} }) as Pair['baseline'];
          const some = Array.from({ length: pairs }, () => ({ baseline: run(), split: run() }));
          worse.note(failedRequests.count(some, null)!.worse);
        }
        // One pair knows nothing of bursts.
        if (pairs > 1 || spread === 0) atMost(GOAL.met, worse, `${name}, ${counted(pairs)}`);
        return percentOf(worse);
      });
      return [name, ...cells];
    }),
  );
  print('Failed requests of equal sides called more, percent of campaigns', ['failures', ...heads()], rows);
  expect(missed).toEqual([]);
});

/** Counts of events whose rate differs from run to run, by a log-normal factor with this coefficient of variation. */
function* burstyCounts(runs: number, mean: number, spread: number, seed: number) {
  const normal = normals(seed);
  const { next } = random(seed, 10, 0);
  const sd = Math.sqrt(Math.log(1 + spread ** 2));
  for (let run = 0; run < runs; run++) yield poisson(mean * Math.exp(sd * normal() - sd ** 2 / 2), next);
}

test('single pairs from the queue: equal sides', () => {
  const { missed, atMost, atLeast } = goals();
  const setups: Setup[] = [0.6, 0.85, 0.9].flatMap((load) => SPREADS.map((sd) => ({ load, sd })));
  // Costs go up by a tenth over each run.
  setups.push({ load: 0.85, sd: 0.06, drift: 0.1 });
  const rows = setups.map((setup) => {
    const differ = tally();
    const held = { cpu: tally(), analytics: tally() };
    for (const pair of queuePairs(trace, setup, 'baseline', IN_QUEUE, seedOf(++cell, 0))) {
      const card = score([pair]);
      // An invalid comparison claims nothing: its baseline had more to do than it could.
      if (!card.valid) continue;
      differ.note(differing(card).length > 0);
      for (const [id, found, truth] of [
        ['primary-cpu', held.cpu, 0],
        ['analytics-speedup', held.analytics, 1],
      ] as const) {
        const { interval } = rowOf(card, id);
        if (interval) found.note(interval.low <= truth && truth <= interval.high);
      }
    }
    const { load, sd, drift } = setup;
    const name = `load ${load}, run ± ${sd * 100} %${drift ? `, costs +${drift * 100} % within` : ''}`;
    atMost(GOAL.difference, differ, `difference, ${name}`);
    atLeast(GOAL.coverage, held.cpu, `coverage of CPU, ${name}`);
    atLeast(GOAL.coverage, held.analytics, `coverage of analytics, ${name}`);
    return [name, percentOf(differ), percentOf(held.cpu), percentOf(held.analytics)];
  });
  const titles = [
    'load, spread of runs',
    'any difference',
    'interval of CPU holds',
    'interval of analytics holds',
  ];
  print('Single pairs of equal sides, queue, percent', titles, rows);
  expect(missed).toEqual([]);
});

test('single pairs from the queue: what is just on its bound is not called met', () => {
  const { missed, atMost } = goals();
  const rows = [0.6, 0.76, 0.9].flatMap((load) =>
    SPREADS.slice(1).map((sd) => {
      const pairs = queuePairs(trace, { load, sd }, 'split', IN_QUEUE, seedOf(++cell, 0));
      const ids = ['primary-cpu', 'analytics-speedup'] as const;
      const targets = ids.map((metric) => {
        const ratio = Math.exp(meanLogRatio(pairs, figureOf(metric)));
        return { metric, bound: metric === 'analytics-speedup' ? 1 / ratio : (1 - ratio) * 100 };
      });
      const judged = targets.map(() => new Judged());
      for (const pair of pairs) {
        const card = scoreAt([pair], targets);
        for (const [index, { metric, bound }] of targets.entries())
          judged[index]!.note(rowOf(card, metric), bound);
      }
      const name = `load ${load}, run ± ${sd * 100} %`;
      targets.forEach(({ metric }, index) => {
        atMost(GOAL.met, judged[index]!.met, `met, ${metric}, ${name}`);
      });
      return [name, ...judged.map(({ met, missed: no }) => `${percentOf(met)} / ${percentOf(no)}`)];
    }),
  );
  print(
    'Single pairs of a useful split, queue, bounds at the truth: met / missed, percent',
    ['load, spread of runs', 'CPU', 'analytics'],
    rows,
  );
  expect(missed).toEqual([]);
});

test('setting pairs aside does not flatter', () => {
  const { missed } = goals();
  const rows = (
    [
      [0.9, 0.06],
      [0.9, 0.1],
      [0.82, 0.1],
    ] as const
  ).map(([load, sd]) => {
    const setup = { load, planned: 0.9 };
    const quiet = queuePairs(trace, { ...setup, sd: 0 }, 'split', Math.ceil(IN_QUEUE / 4), seedOf(++cell, 0));
    const noisy = queuePairs(trace, { ...setup, sd }, 'split', IN_QUEUE, seedOf(++cell, 0));
    const { kept, aside } = trialsOf(oneByOne(noisy), noisy.length);
    const name = `true load ${load}, run ± ${sd * 100} %`;
    const speedup = (pairs: Pair[]) => Math.exp(-meanLogRatio(pairs, figureOf('analytics-speedup')));
    const less = (pairs: Pair[]) => (1 - Math.exp(meanLogRatio(pairs, figureOf('primary-cpu')))) * 100;
    // Three standard errors of the difference of CPU over the pairs that were kept.
    const margin = (300 * sd * Math.SQRT2) / Math.sqrt(kept.length);
    const flattered = less(kept) - less(quiet);
    if (flattered > 2 + margin) missed.push(`${name}: CPU ${flattered.toFixed(1)} points`);
    const three = [quiet, noisy, kept];
    return [
      name,
      percentOf({ count: aside.length, of: kept.length + aside.length }),
      three.map((pairs) => `${speedup(pairs).toFixed(2)}x`).join(' / '),
      three.map((pairs) => less(pairs).toFixed(1)).join(' / '),
    ];
  });
  print(
    'Pairs set aside (rate found for 0.9): no noise / all pairs / kept',
    ['', 'set aside, percent', 'analytics', 'CPU less, percent'],
    rows,
  );
  expect(missed).toEqual([]);
});

/** Hands out pairs in their order; the last one again where there are no more. */
function oneByOne(pairs: readonly Pair[]): () => Pair {
  let next = 0;
  return () => pairs[Math.min(next++, pairs.length - 1)]!;
}

test('a split that moves nothing is missed, and neither met nor invalid', () => {
  const { missed, atMost } = goals();
  const rows = [0.06, 0.1].flatMap((sd) => {
    // Campaigns draw from one store of pairs: each is a queue of its own.
    const store = queuePairs(
      trace,
      { load: 0.9, sd, planned: 0.9, useless: true },
      'split',
      IN_QUEUE,
      seedOf(++cell, 0),
    );
    return [1, 3, 5, 10].map((planned) => {
      const [met, no, invalid] = [tally(), tally(), tally()];
      const campaigns = Math.max(1, Math.floor(IN_QUEUE / 2));
      for (let i = 0; i < campaigns; i++) {
        const start = (i * 7) % store.length;
        const rotated = [...store.slice(start), ...store, ...store];
        const { kept, aside } = trialsOf(oneByOne(rotated), planned);
        const trials = [...kept, ...aside].map((pair, index) => ({
          ...{ number: index + 1, first: 'baseline' as const, runs: { baseline: '', split: '' }, pair },
          setAside: index < kept.length ? null : 'the machine',
        }));
        const card = scoreTrials(trials, { planned, orderSeed: 1 });
        const moved = card.scorecard.filter(({ kind }) => kind !== 'level');
        met.note(moved.some(({ verdict }) => verdict === 'met'));
        no.note(moved.some(({ verdict }) => verdict === 'missed'));
        invalid.note(!card.valid);
      }
      const name = `run ± ${sd * 100} %, ${counted(planned)}`;
      if (met.count > 0) missed.push(`met, ${name}: ${percentOf(met)} %`);
      // A single one may be spoilt by its baseline's load, and there is no other.
      if (planned > 1) atMost(GOAL.invalid, invalid, `invalid, ${name}`);
      return [name, percentOf(met), percentOf(no), percentOf(invalid)];
    });
  });
  print(
    'A split that moves nothing, at a load of 0.9, percent of trials',
    ['', 'any row met', 'any row missed', 'invalid'],
    rows,
  );
  expect(missed).toEqual([]);
});

test('reports that fail in the split do not make it fast', () => {
  const rows = [1, 5].map((pairs) => {
    const met = tally();
    cell++;
    for (let i = 0; i < Math.ceil(CAMPAIGNS / 4); i++) {
      const some = campaign(
        { name: '', cpu: 0.05 },
        pairs,
        { cpu: 50, reads: 55, speedup: 4, pool: 30, lagMs: 5 },
        seedOf(cell, i),
      );
      for (const { split } of some) loseHalfOfTheReports(split);
      met.note(rowOf(score(some), 'analytics-speedup').verdict === 'met');
    }
    return { pairs, met };
  });
  print(
    'Half of the reports fail, the rest are 4x faster: called met, percent',
    ['pairs', 'met'],
    rows.map(({ pairs, met }) => [`${pairs}`, percentOf(met)]),
  );
  expect(rows.map(({ met }) => met.count)).toEqual([0, 0]);
});

/** The slower half, so that what is left is fast. */
function loseHalfOfTheReports(run: Pair['split']): void {
  // Simulated runs share what they have in common.
  run.accounting = structuredClone(run.accounting);
  const window = { ...run.load.window, accounting: structuredClone(run.load.window.accounting) };
  run.load = { ...run.load, window };
  const lost = Math.floor(window.accounting.byCategory.analytics.ok / 2);
  for (const counts of [run.accounting, window.accounting]) {
    for (const each of [counts, counts.byCategory.analytics]) {
      each.ok -= lost;
      each.failed += lost;
    }
  }
  const all = window.latency.analytics!;
  const left = all.count - lost;
  window.latency = {
    ...window.latency,
    analytics: { ...all, count: left, sumUs: (all.sumUs * left) / all.count },
  };
}

/** What is truly so, against the default target of its row, and how much runs differ. */
const OPEN: {
  id: TargetId;
  name: string;
  truth: Truth;
  world: World;
  distance: number;
  deviation: number;
}[] = [
  {
    ...{ id: 'primary-cpu', name: '45 % less CPU, runs ± 5 %', truth: { cpu: 45 } },
    ...{ world: { name: '', cpu: 0.05 }, distance: Math.log(60 / 55), deviation: 0.05 * Math.SQRT2 },
  },
  {
    ...{ id: 'primary-cpu', name: '45 % less CPU, runs ± 10 %', truth: { cpu: 45 } },
    ...{ world: { name: '', cpu: 0.1 }, distance: Math.log(60 / 55), deviation: 0.1 * Math.SQRT2 },
  },
  {
    ...{ id: 'analytics-speedup', name: 'analytics 2.5x as fast, runs ± 15 %', truth: { speedup: 2.5 } },
    ...{
      world: { name: '', cpu: 0.05, latency: 0.15 },
      distance: Math.log(2.5 / 2),
      deviation: 0.15 * Math.SQRT2,
    },
  },
  {
    ...{ id: 'analytics-speedup', name: 'analytics 3x as fast, runs ± 30 %', truth: { speedup: 3 } },
    ...{
      world: { name: '', cpu: 0.05, latency: 0.3 },
      distance: Math.log(3 / 2),
      deviation: 0.3 * Math.SQRT2,
    },
  },
];
/** Trials of more pairs are not made: they would take most of the time. */
const MOST_MADE = 250;

test('as many pairs as would tell do tell', () => {
  const { missed, atLeast, atMost } = goals();
  const rows = OPEN.map(({ id, name, truth, world, distance, deviation }) => {
    const trials = (pairs: number, seed: number) => rowOf(score(campaign(world, pairs, truth, seed)), id);
    const truly = pairsNeeded(distance, { deviation, degrees: Number.POSITIVE_INFINITY }).pairs!;
    const known = tally();
    cell++;
    for (let i = 0; i < IN_QUEUE; i++) known.note(trials(truly, seedOf(cell, i)).verdict === 'met');
    atLeast(GOAL.told, known, `${truly} pairs, ${name}`);
    const asSaid = [3, 5].map((first) => {
      const [told, wrong] = [tally(), tally()];
      const said: number[] = [];
      cell++;
      for (let i = 0; i < IN_QUEUE; i++) {
        const { verdict, pairsNeeded: needed } = trials(first, seedOf(cell, 2 * i));
        if (verdict !== 'inconclusive') continue;
        const pairs = needed?.pairs ?? Number.POSITIVE_INFINITY;
        said.push(pairs);
        if (pairs > MOST_MADE) continue;
        const then = trials(pairs, seedOf(cell, 2 * i + 1)).verdict;
        told.note(then !== 'inconclusive');
        wrong.note(then === 'missed');
      }
      atMost(GOAL.met, wrong, `missed by as many as ${first} pairs said, ${name}`);
      // Where the value truly is, a few pairs don't know, nor how much pairs differ: the number has a range beside it.
      if (first >= 5) atLeast(GOAL.toldAsSaid, told, `as many as ${first} pairs said, ${name}`);
      said.sort((a, b) => a - b);
      const at = (share: number) => said[Math.floor(share * said.length)] ?? Number.NaN;
      const [low, middle, high] = [0.1, 0.5, 0.9].map((share) => counts(at(share)));
      return [`${middle} (${low} to ${high})`, percentOf(told)];
    });
    return [name, `${truly}`, percentOf(known), ...asSaid.flat()];
  });
  print(
    'Pairs that would tell, and how many trials of as many pairs did tell, percent',
    ['true value', 'truly', 'told', 'as 3 pairs said (80 % between)', 'told', 'as 5 said', 'told'],
    rows,
  );
  expect(missed).toEqual([]);
});

const counts = (pairs: number) => (pairs > MOST_MADE ? `over ${MOST_MADE}` : `${pairs}`);
