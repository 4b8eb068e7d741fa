import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CheckEvent } from '../../../src/observe/consistency/visitor.js';
import type { RouteRule } from '../../../src/router/index.js';
import type { ConsistencyResult } from '../../observe/consistency/tally.js';
import { disturbances } from '../../router/disturbances.js';
import { checkDisturbed } from '../../router/disturbed-check.js';
import { startTestbed, type Testbed } from '../../router/testbed.js';

/** Pairs in `lsn` mode, over all disturbances together. */
const PAIRS = Number(process.env.PAIRS ?? 100_000);

/** A delay is paced: sessions as busy as can be would never let it end. */
const modes: { rule: Omit<RouteRule, 'target'>; pairs: number; pairsPerSecond?: number }[] = [
  { rule: { consistency: 'none' }, pairs: PAIRS / 50 },
  { rule: { consistency: 'delay', delayMs: 50 }, pairs: PAIRS / 100, pairsPerSecond: 100 },
  { rule: { consistency: 'lsn' }, pairs: PAIRS / disturbances.length },
  { rule: { consistency: 'strict' }, pairs: PAIRS / 50 },
];

let testbed: Testbed;

beforeAll(async () => {
  testbed = await startTestbed({ standbys: 2 });
});

afterAll(async () => {
  await testbed?.[Symbol.asyncDispose]();
});

test('stale and backward reads, by consistency mode and by what happens to the standbys', async () => {
  const found: Record<string, ConsistencyResult[]> = {};
  print('mode', 'standbys', [...columns.keys(), 'seconds'], 'failed');
  for (const { rule, pairs, pairsPerSecond } of modes) {
    const mode = rule.consistency!;
    for (const disturbance of disturbances) {
      const startMs = performance.now();
      const onEvent = mode === 'lsn' || mode === 'strict' ? printViolation : undefined;
      const result = await checkDisturbed(testbed, rule, disturbance, { pairs, pairsPerSecond, onEvent });
      found[mode] = [...(found[mode] ?? []), result];
      const figures = [...columns.values()].map((figure) => String(figure(result)));
      const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
      print(mode, disturbance, [...figures, seconds], failures(result));
    }
  }
  const total = (mode: string, figure: 'pairs' | 'stale' | 'backward' | 'replicaAhead' | 'outdated') =>
    found[mode]!.reduce((sum, result) => sum + result[figure], 0);
  for (const mode of ['none', 'delay']) expect(total(mode, 'stale'), `stale in ${mode}`).toBeGreaterThan(0);
  for (const mode of ['lsn', 'strict']) {
    expect(total(mode, 'stale'), `stale in ${mode}`).toBe(0);
    expect(total(mode, 'backward'), `backward in ${mode}`).toBe(total(mode, 'replicaAhead'));
  }
  expect(total('strict', 'outdated')).toBe(0);
  expect(total('lsn', 'pairs')).toBeGreaterThanOrEqual(PAIRS);
});

const columns = new Map<string, (result: ConsistencyResult) => number>([
  ['pairs', ({ pairs }) => pairs],
  ['reads', ({ reads }) => reads],
  ['replica %', replicaPercent],
  ['stale', ({ stale }) => stale],
  ['versions', ({ staleVersionsMax }) => staleVersionsMax],
  ['backward', ({ backward }) => backward],
  ['ahead', ({ replicaAhead }) => replicaAhead],
  ['outdated', ({ outdated }) => outdated],
  ['unknown', ({ unknownWrites }) => unknownWrites],
]);

function replicaPercent({ reads, routes }: ConsistencyResult): number {
  const onReplicas = routes.filter((r) => r.node !== 'primary').reduce((sum, r) => sum + r.reads, 0);
  return Math.round((100 * onReplicas) / reads);
}

/** Where there should be none, each one with all that is known of it. */
function printViolation(event: CheckEvent): void {
  if (event.kind === 'read' && event.version < Math.max(event.written, event.seen)) console.log(event);
}

function failures({ failed }: ConsistencyResult): string {
  const codes = Object.entries(failed).map(([code, count]) => `${code} ${count}`);
  return codes.join(', ') || '0';
}

function print(mode: string, standbys: string, figures: string[], failed: string): void {
  const cells = figures.map((figure) => figure.padStart(9));
  console.log([mode.padEnd(7), standbys.padEnd(9), ...cells, ` ${failed}`].join(' '));
}
