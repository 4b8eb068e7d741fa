import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { itemId, menuLength, smartmenuSize } from '../../../src/workload/smartmenu/size.js';
import { OPERATIONS } from '../../../src/workload/smartmenu/statements.js';
import {
  generateTraffic,
  type TrafficOptions,
  trafficHeader,
} from '../../../src/workload/smartmenu/traffic.js';
import type { HttpEvent } from '../../../src/workload/trace.js';
import { writeTrace } from '../../../src/workload/trace-file.js';

const plan: TrafficOptions = { seed: 1, scale: 1, ratePerSecond: 680, durationS: 60 };
const minute = [...generateTraffic(plan)];

const share = (events: HttpEvent[], test: (event: HttpEvent) => boolean) =>
  events.filter(test).length / events.length;

/** Spread of some counts: the largest difference from their mean, as a share of it. */
function spread(counts: number[]): number {
  const mean = counts.reduce((a, b) => a + b, 0) / counts.length;
  return Math.max(...counts.map((count) => Math.abs(count - mean))) / mean;
}

function blocks(events: HttpEvent[], seconds: number, durationS: number): number[] {
  const counts = new Array<number>(durationS / seconds).fill(0);
  for (const { dueUs } of events) counts[Math.floor(dueUs / 1e6 / seconds)]!++;
  return counts;
}

describe('the same seed', () => {
  it('gives the same bytes, and another seed others', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'splitbench-traffic-'));
    const write = (options: TrafficOptions) =>
      writeTrace(join(dir, 'trace'), trafficHeader(options), generateTraffic(options));
    const short = { ...plan, durationS: 3 };
    const first = await write(short);
    expect(await write(short)).toEqual(first);
    expect((await write({ ...short, seed: 2 })).sha256).not.toBe(first.sha256);
    // A change of these makes another workload: its runs can't be compared with those on record.
    expect(first.sha256).toBe('8f46966cf89bf42df72f881f9d92649378b3da4f6c95fd526060a979a60bfe03');
    await rm(dir, { recursive: true });
  });
});

describe('the mix', () => {
  it('is a fifth of orders and updates, and less than one per cent of reports', () => {
    expect(share(minute, (e) => e.category === 'write')).toBeCloseTo(0.21, 2);
    expect(share(minute, (e) => e.category === 'realtime')).toBeCloseTo(0.05, 2);
    expect(share(minute, (e) => e.category === 'analytics')).toBeCloseTo(0.005, 3);
  });

  it('comes at the rate that was asked for', () => {
    expect(minute.length / 60 / plan.ratePerSecond).toBeCloseTo(1, 2);
  });

  it('holds every operation of the service', () => {
    expect(new Set(minute.map((e) => e.operation))).toEqual(new Set(OPERATIONS.map((o) => o.name)));
  });

  it('lets half of the reads leave the primary, if half of the plain ones stay', () => {
    const movedGroups = new Set(['analytics', 'history', 'audit', 'jobs', 'caching']);
    const lastWriteUs = new Map<number, number>();
    const reads = { realtime: 0, moved: 0, plain: 0, sticky: 0 };
    for (const { category, session, dueUs, operation: name } of minute) {
      if (category === 'write') lastWriteUs.set(session, dueUs);
      else if (category === 'realtime') reads.realtime++;
      else if (movedGroups.has(OPERATIONS.find((o) => o.name === name)!.group)) reads.moved++;
      else if (dueUs - (lastWriteUs.get(session) ?? Number.NEGATIVE_INFINITY) < 2e6) reads.sticky++;
      else reads.plain++;
    }
    const all = reads.realtime + reads.moved + reads.plain + reads.sticky;
    expect(reads.realtime / all).toBeCloseTo(0.063, 2);
    expect(reads.moved / all).toBeCloseTo(0.183, 2);
    expect(reads.sticky / all).toBeCloseTo(0.073, 2);
    expect((reads.moved + reads.plain / 2) / all).toBeCloseTo(0.525, 2);
  });
});

describe('arrivals', () => {
  it('are as many in the first seconds as in the last', () => {
    expect(spread(blocks(minute, 5, 60))).toBeLessThan(0.05);
  });

  it('bring nearly the same number of reports of every kind every five seconds', () => {
    const reports = minute.filter((e) => e.category === 'analytics');
    const counts = blocks(reports, 5, 60);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(3);
    for (const name of new Set(reports.map((e) => e.operation))) {
      const of = blocks(
        reports.filter((e) => e.operation === name),
        5,
        60,
      );
      expect(Math.max(...of) - Math.min(...of)).toBeLessThanOrEqual(3);
    }
  });

  it('are random from moment to moment, not a metronome', () => {
    const gaps = minute.slice(1).map((e, i) => e.dueUs - minute[i]!.dueUs);
    const mean = gaps.reduce((a, b) => a + b, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((a, b) => a + (b - mean) ** 2, 0) / gaps.length);
    expect(deviation / mean).toBeGreaterThan(0.9);
    expect(deviation / mean).toBeLessThan(1.1);
  });
});

describe('an order', () => {
  const of = (name: string) => minute.filter((e) => e.operation === name);
  const bodyOf = (event: HttpEvent) =>
    event.http.body as { ref: string; restaurant: number; lines: { item: number }[] };
  const placed = new Map(of('order.place').map((e) => [bodyOf(e).ref, e]));

  it('has a reference of its own', () => {
    expect(placed.size).toBe(of('order.place').length);
  });

  it('names only items of its restaurant', () => {
    for (const event of placed.values()) {
      const { restaurant, lines } = bodyOf(event);
      for (const { item } of lines) {
        expect(item).toBeGreaterThanOrEqual(itemId(restaurant, 1));
        expect(item).toBeLessThanOrEqual(itemId(restaurant, menuLength(restaurant)));
      }
    }
  });

  it('is read back by its own session a quarter of a second later', () => {
    for (const event of of('order.confirm')) {
      const order = placed.get(event.http.path.split('/')[2]!);
      if (!order) continue; // placed before the trace began
      expect(event.session).toBe(order.session);
      expect(event.dueUs - order.dueUs).toBeCloseTo(250_000, -2);
    }
  });

  it('goes through the kitchen seconds later, in two steps and in order', () => {
    const steps = new Map<string, string[]>();
    for (const event of of('kitchen.update')) {
      const ref = event.http.path.split('/')[2]!;
      const order = placed.get(ref);
      if (order) expect(event.dueUs - order.dueUs).toBeGreaterThan(3e6);
      steps.set(ref, [...(steps.get(ref) ?? []), (event.http.body as { status: string }).status]);
    }
    for (const [ref, seen] of steps) {
      if (placed.has(ref)) expect(['preparing', 'ready'].slice(0, seen.length)).toEqual(seen);
    }
  });

  it('was open in the data set, if it was placed before the trace began', () => {
    const { orders, openOrders } = smartmenuSize(plan.scale);
    const known = new Set(placed.keys());
    const others = ['order.confirm', 'order.status', 'order.pay', 'kitchen.update']
      .flatMap(of)
      .map((e) => e.http.path.split('/')[2]!)
      .filter((ref) => !known.has(ref));
    expect(others.length).toBeGreaterThan(0);
    for (const ref of others) {
      expect(ref).toMatch(/^00000000-0000-7000-8000-/);
      const number = Number.parseInt(ref.slice(-12), 16);
      expect(number).toBeGreaterThan(orders - openOrders);
      expect(number).toBeLessThanOrEqual(orders);
    }
  });
});

describe('a session', () => {
  it('is never asked for more than it can do one after the other', () => {
    const counts = new Map<number, number>();
    for (const { session } of minute) counts.set(session, (counts.get(session) ?? 0) + 1);
    expect(Math.max(...counts.values())).toBeLessThan(60); // one a second
  });
});

it('is in order, within its time and ranges, and unique in its references, whatever the options', () => {
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.maxSafeNat(),
        scale: fc.double({ min: 0.001, max: 3, noNaN: true }),
        ratePerSecond: fc.double({ min: 0.5, max: 300, noNaN: true }),
        durationS: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.double({ min: 0.1, max: 8, noNaN: true })),
      }),
      (options) => {
        const size = smartmenuSize(options.scale);
        const refs = new Set<string>();
        let previousUs = 0;
        for (const event of generateTraffic(options)) {
          expect(event.dueUs).toBeGreaterThanOrEqual(previousUs);
          expect(event.dueUs).toBeLessThan(options.durationS * 1e6);
          expect(Number.isSafeInteger(event.dueUs) && Number.isSafeInteger(event.session)).toBe(true);
          previousUs = event.dueUs;
          const restaurant = /^\/(?:admin\/)?restaurants\/(\d+)/.exec(event.http.path)?.[1];
          if (restaurant) expect(Number(restaurant)).toBeLessThanOrEqual(size.restaurants);
          if (event.operation === 'order.place') {
            const { ref } = event.http.body as { ref: string };
            expect(refs).not.toContain(ref);
            refs.add(ref);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

it('is generated as a stream: an hour of it needs no hour of memory', () => {
  const hour = generateTraffic({ ...plan, durationS: 3600 });
  let first: HttpEvent | undefined;
  for (const event of hour) {
    first = event;
    break;
  }
  expect(first!.dueUs).toBeLessThan(100_000);
});
