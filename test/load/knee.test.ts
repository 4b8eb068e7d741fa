import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CapacityStep, findKnee, isKneePassed } from '../../src/load/probe/knee.js';

function step(concurrency: number, ratePerSecond: number, more: Partial<CapacityStep> = {}): CapacityStep {
  return {
    concurrency,
    ratePerSecond,
    p50Ms: 1,
    p99Ms: 10,
    primaryUtilisation: 0.5,
    primaryCores: 0.25,
    serviceCores: 0.2,
    generatorCores: 0.2,
    failed: 0,
    ...more,
  };
}

describe('the knee', () => {
  it('is the lowest number of users on the plateau, whose mean is the capacity', () => {
    const knee = findKnee([step(1, 200), step(2, 380), step(4, 600), step(8, 620), step(16, 580)], 2);
    expect(knee).toMatchObject({ concurrency: 4, ratePerSecond: 610 });
  });

  it('is passed when two further steps have brought nothing', () => {
    expect(isKneePassed([step(1, 200), step(2, 380)])).toBe(false);
    expect(isKneePassed([step(1, 200), step(2, 380), step(4, 390)])).toBe(false);
    expect(isKneePassed([step(1, 200), step(2, 380), step(4, 390), step(8, 385)])).toBe(true);
    // Crowding: more users bring less.
    expect(isKneePassed([step(1, 200), step(2, 380), step(4, 300), step(8, 200)])).toBe(true);
  });

  it('is not passed as long as steps that add little add up', () => {
    expect(isKneePassed([step(1, 100), step(2, 104), step(4, 108)])).toBe(false);
  });

  it('is found for any server whose throughput is bounded by its users and by its busiest resource', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 50, max: 20_000, noNaN: true }),
        fc.double({ min: 10, max: 1000, noNaN: true }),
        fc.infiniteStream(fc.double({ min: 0.98, max: 1.02, noNaN: true })),
        (capacity, perUser, noise) => {
          fc.pre(capacity / perUser < 32);
          const steps: CapacityStep[] = [];
          for (let users = 1; users <= 64 && !isKneePassed(steps.length ? steps : [step(1, 1)]); users *= 2) {
            steps.push(step(users, Math.min(capacity, users * perUser) * noise.next().value!));
          }
          const knee = findKnee(steps, 2);
          expect(Math.abs(knee.ratePerSecond / capacity - 1)).toBeLessThan(0.06);
          // Never more than a doubling beyond where the two bounds cross.
          expect(knee.concurrency).toBeLessThan(Math.max(2, (2.1 * capacity) / perUser));
        },
      ),
    );
  });
});

describe('the limit', () => {
  const limit = (more: Partial<CapacityStep>, cores = 4) =>
    findKnee([step(1, 100), step(2, 200, more), step(4, 200, more)], cores).limit;

  it('is the primary where its budget is used up, however busy the others are', () => {
    expect(limit({ primaryUtilisation: 0.97, serviceCores: 0.95, generatorCores: 0.95 })).toBe('primary');
  });

  it('is the service or the generator where that is out of its one core', () => {
    expect(limit({ serviceCores: 0.98, generatorCores: 0.5 })).toBe('service');
    expect(limit({ serviceCores: 0.6, generatorCores: 0.99 })).toBe('generator');
  });

  it('is the machine where the three share all of its cores, and none where time is spent waiting', () => {
    const busy = { primaryUtilisation: 0.6, primaryCores: 0.6, serviceCores: 0.8, generatorCores: 0.5 };
    expect(limit(busy, 2)).toBe('machine');
    expect(limit(busy, 4)).toBe('none');
  });

  it('is judged with the most users, where what gives in first is used up for certain', () => {
    const steps = [step(1, 200, { primaryUtilisation: 0.8 }), step(2, 198, { primaryUtilisation: 1 })];
    expect(findKnee(steps, 4).limit).toBe('primary');
  });
});
