import { expect, it } from 'vitest';
import { score, TARGETS } from '../../src/score/index.js';
import type { TargetId } from '../../src/score/targets/index.js';
import { differing, queuePairs, rowOf } from '../bench/statistics/campaigns.js';
import { traceOf } from '../bench/statistics/queue-runs.js';
import { exceeds, tally } from '../bench/statistics/tables.js';
import { campaign } from '../bench/statistics/worlds.js';

/** A sample of `npm run check:statistics`, which tells more of it, and finer. */
const CAMPAIGNS = 60;

it.each([1, 3, 5])('equal sides of %i simulated pairs seldom show a difference', (pairs) => {
  const found = tally();
  for (let i = 0; i < CAMPAIGNS; i++) {
    const world = { name: '', cpu: 0.1, latency: 0.3, following: i % 2 ? 0.6 : 0 };
    found.note(differing(score(campaign(world, pairs, null, 1000 * pairs + i))).length > 0);
  }
  expect(exceeds(found, 5), `${found.count} of ${found.of}`).toBe(false);
});

it.each([1, 5])(
  'over %i pairs, what is truly on its bound is seldom called met, and what is far beyond it is',
  (pairs) => {
    const ids = Object.keys(TARGETS).filter((id) => TARGETS[id as TargetId].goal) as TargetId[];
    const world = { name: '', cpu: 0.1, lag: 1 };
    const met = new Map(ids.map((id) => [id, tally()]));
    for (let i = 0; i < CAMPAIGNS; i++) {
      const card = score(campaign(world, pairs, {}, 9000 * pairs + i));
      for (const id of ids) met.get(id)!.note(rowOf(card, id).verdict === 'met');
    }
    for (const [id, found] of met)
      expect(exceeds(found, 2.5), `${id}: ${found.count} of ${found.of}`).toBe(false);
    const far = score(
      campaign({ name: '', cpu: 0.05 }, pairs, { cpu: 70, reads: 60, speedup: 8, lagMs: 2, pool: 20 }, 1),
    );
    expect(ids.map((id) => rowOf(far, id).verdict)).toEqual(ids.map(() => 'met'));
  },
);

it('a simulated queue is as busy as it is asked to be, and a replica speeds up its reports the more', () => {
  const trace = traceOf(1);
  const speedup = (load: number) => {
    const [pair] = queuePairs(trace, { load, sd: 0 }, 'split', 1, 5);
    expect(Math.abs(pair!.baseline.nodes[0]!.utilisation! - load)).toBeLessThan(0.03);
    return rowOf(score([pair!]), 'analytics-speedup').value!;
  };
  expect(speedup(0.6)).toBeLessThan(1.5);
  expect(speedup(0.9)).toBeGreaterThan(1.7);
});
