import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/record/plan.js';
import { samePlan } from '../../src/record/same-plan.js';
import { pairOf } from '../score/fixture.js';

function differencesAfter(change: (plan: Plan) => void): string[] {
  const { baseline, split } = pairOf();
  change(split.plan);
  return samePlan(baseline.plan, split.plan);
}

describe('two plans', () => {
  it('are the same although only the split obeys a policy, and files lie elsewhere', () => {
    expect(
      differencesAfter((plan) => {
        plan.policy.name = 'everything-to-replica';
        plan.load.targetUtilisation = null;
        plan.machine.memoryBytes -= 4096;
        plan.machine.nodeVersion = 'v20.21.1';
      }),
    ).toEqual([]);
  });

  it('whose traffic comes from another seed are the same where that was asked for, and differ in three facts else', () => {
    const { baseline, split } = pairOf();
    Object.assign(split.plan.workload, { trafficSeed: 5, traceSha256: 'c'.repeat(64), events: 9 });
    expect(samePlan(baseline.plan, split.plan)).toHaveLength(3);
    expect(samePlan(baseline.plan, split.plan, { otherTraffic: true })).toEqual([]);
    split.plan.load.ratePerSecond = 9;
    expect(samePlan(baseline.plan, split.plan, { otherTraffic: true })).toEqual([
      'rate per second: 680 and 9',
    ]);
  });

  it('differ in words that name both values', () => {
    expect(
      differencesAfter((plan) => {
        plan.workload.traceSha256 = 'c'.repeat(64);
        plan.load.driver = 'player';
        plan.load.ratePerSecond = null;
        plan.load.pooled = 4;
        plan.topology.nodes[0]!.cpus = 1;
        plan.topology.settings = { ...plan.topology.settings, work_mem: '8MB' };
        plan.machine.cores = 8;
      }),
    ).toEqual([
      `trace (SHA-256): ${'b'.repeat(16)} and ${'c'.repeat(16)}`,
      'driver: k6 and player',
      'rate per second: 680 and not set',
      'CPU budget of the primary in cores: 0.5 and 1',
      'cores of the machine: 2 and 8',
      'connections that sessions share: not set and 4',
      'setting work_mem: not set and 8MB',
    ]);
  });
});
