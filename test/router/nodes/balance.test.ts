import { expect, test } from 'vitest';
import { chooseOfTwo, LoadEstimate } from '../../../src/router/nodes/balance.js';

interface Node {
  weight: number;
  /** Mean time to answer, in ms. */
  ms: number;
}

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Clients that ask one request after another, answered in exponential times: each node's share of the requests. */
function sharesOf(nodes: Node[], clients: number, requests = 20_000): number[] {
  const random = seeded(7);
  const wait = (meanMs: number) => -Math.log(1 - random()) * meanMs;
  let nowMs = 0;
  const replicas = nodes.map((node) => ({ ...node, load: new LoadEstimate(() => nowMs), count: 0 }));
  type Client = { atMs: number; sentMs: number; to: (typeof replicas)[number] | undefined };
  const all = Array.from({ length: clients }, (): Client => ({ atMs: wait(1), sentMs: 0, to: undefined }));
  for (let sent = 0; sent < requests; ) {
    const client = all.reduce((first, other) => (other.atMs < first.atMs ? other : first));
    nowMs = client.atMs;
    if (client.to !== undefined) {
      client.to.load.end(nowMs - client.sentMs);
      client.to = undefined;
      client.atMs += wait(0.1);
      continue;
    }
    const to = chooseOfTwo(
      replicas,
      ({ weight }) => weight,
      ({ load }) => load,
      random,
    )!;
    to.load.begin();
    to.count++;
    sent++;
    Object.assign(client, { to, sentMs: nowMs, atMs: nowMs + wait(to.ms) });
  }
  return replicas.map(({ count }) => count / requests);
}

const equallyFast = (...weights: number[]) => weights.map((weight) => ({ weight, ms: 1 }));

test.each([[[1, 1]], [[1, 3]], [[1, 10]], [[1, 1, 2]], [[1, 2, 3, 4]]])(
  'of equally fast nodes with weights %j, shares follow the weights, idle and busy',
  (weights) => {
    const total = weights.reduce((sum, weight) => sum + weight);
    for (const clients of [1, 2, 8, 32]) {
      for (const [index, share] of sharesOf(equallyFast(...weights), clients).entries()) {
        expect(Math.abs(share - weights[index]! / total), `${clients} clients, node ${index}`).toBeLessThan(
          0.07,
        );
      }
    }
  },
);

test('the scale of the weights is of no account', () => {
  expect(sharesOf(equallyFast(100, 300), 8)).toEqual(sharesOf(equallyFast(1, 3), 8));
});

test('a slow node gets clearly less, the less the slower and the busier it is', () => {
  for (const clients of [1, 4, 32]) {
    const [, slow] = sharesOf([...equallyFast(1), { weight: 1, ms: 10 }], clients);
    expect(slow, `${clients} clients`).toBeLessThan(0.05);
  }
  const [, slower] = sharesOf([...equallyFast(1), { weight: 1, ms: 2 }], 32);
  expect(slower).toBeLessThan(0.3);
  const [, , third] = sharesOf([...equallyFast(1, 1), { weight: 1, ms: 3 }], 32);
  expect(third).toBeLessThan(0.12);
});

test('a heavy weight does not force requests on a slow node', () => {
  const [, heavy] = sharesOf([...equallyFast(1), { weight: 3, ms: 10 }], 8);
  expect(heavy).toBeLessThan(0.1);
});

function loadOf(inFlight: number, latencyMs?: number, now = () => 0): LoadEstimate {
  const load = new LoadEstimate(now);
  if (latencyMs !== undefined) {
    load.begin();
    load.end(latencyMs);
  }
  for (let i = 0; i < inFlight; i++) load.begin();
  return load;
}

/** How many of 1000 choices each gets, with nothing sent. */
function choices(...loads: LoadEstimate[]): number[] {
  const random = seeded(3);
  const counts = loads.map(() => 0);
  for (let i = 0; i < 1000; i++) {
    const chosen = chooseOfTwo(
      loads,
      () => 1,
      (load) => load,
      random,
    )!;
    counts[loads.indexOf(chosen)]!++;
  }
  return counts;
}

test('none of no candidates, the one of one', () => {
  const weight = () => 1;
  expect(chooseOfTwo([], weight, () => loadOf(0))).toBeUndefined();
  expect(chooseOfTwo(['a'], weight, () => loadOf(99))).toBe('a');
});

test('one request in flight more is chance, two are load', () => {
  expect(choices(loadOf(5, 1), loadOf(4, 1))[0]).toBeGreaterThan(450);
  expect(choices(loadOf(6, 1), loadOf(4, 1))).toEqual([0, 1000]);
});

test('the two compared are different: the busiest of three is never chosen', () => {
  const [busiest, middle, idle] = choices(loadOf(20, 1), loadOf(10, 1), loadOf(0, 1));
  expect(busiest).toBe(0);
  // It wins against the busiest only: a third of the pairs.
  expect(middle).toBeGreaterThan(280);
  expect(idle).toBeGreaterThan(600);
});

test('a node that was slow once is tried again after some half-lives without an answer', () => {
  let nowMs = 0;
  const slow = loadOf(0, 80, () => nowMs);
  const fast = loadOf(0, 10, () => nowMs);
  expect(choices(slow, fast)).toEqual([0, 1000]);
  nowMs = 8000;
  expect(choices(slow, fast)).toEqual([0, 1000]);
  nowMs = 11_000;
  expect(choices(slow, fast)[0]).toBeGreaterThan(450);
});

test('a node that was unused for long, or never answered, is no reason to flood it', () => {
  let nowMs = 0;
  const unused = loadOf(0, 80, () => nowMs);
  nowMs = 3_600_000;
  expect(
    choices(
      unused,
      loadOf(2, 10, () => nowMs),
    ),
  ).toEqual([1000, 0]);
  for (let i = 0; i < 4; i++) unused.begin();
  expect(
    choices(
      unused,
      loadOf(2, 10, () => nowMs),
    ),
  ).toEqual([0, 1000]);
  expect(choices(loadOf(4), loadOf(2, 10))).toEqual([0, 1000]);
});

test('a failure says nothing of speed, only that the request is over', () => {
  const load = loadOf(0, 12);
  load.begin();
  expect(load.inFlight).toBe(1);
  load.end(null);
  expect(load.inFlight).toBe(0);
  expect(load.latencyMs).toBe(12);
});

test('latency is the mean of recent answers, older ones counting half after 5 s', () => {
  let nowMs = 0;
  const load = new LoadEstimate(() => nowMs);
  expect(load.latencyMs).toBeNull();
  const answer = (ms: number) => {
    load.begin();
    load.end(ms);
  };
  answer(10);
  answer(20);
  answer(30);
  expect(load.latencyMs).toBeCloseTo(20);
  nowMs = 5000;
  answer(5);
  expect(load.latencyMs).toBeCloseTo((60 / 2 + 5) / (3 / 2 + 1));
});
