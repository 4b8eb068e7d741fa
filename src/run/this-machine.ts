import os from 'node:os';
import { BenchError } from '../machine/pure.js';
import { type Plan, type PlannedMachine, samePlan } from '../record/pure.js';

/** What a plan says of the machine that its figures are of. */
export function thisMachine(): PlannedMachine {
  return {
    platform: process.platform,
    arch: process.arch,
    cpuModel: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    nodeVersion: process.version,
  };
}

/**
 * @param here what else is known of what a run would have here
 * @throws BenchError PLAN_UNMET naming what a plan asks for and this machine doesn't have
 */
export function refuseUnmet(plan: Plan, here: Partial<Pick<Plan, 'load' | 'topology'>> = {}): void {
  const differences = samePlan(plan, { ...plan, ...here, machine: thisMachine() });
  if (differences.length === 0) return;
  throw new BenchError(
    'PLAN_UNMET',
    `The plan asks for something else than is here (${differences.join('; ')}): follow it where it was made, or make a new one here.`,
  );
}
