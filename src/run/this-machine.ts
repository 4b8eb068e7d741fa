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

/** @throws BenchError PLAN_UNMET naming what differs here from the machine that a plan was made on */
export function refuseOtherMachine(plan: Plan): void {
  const differences = samePlan(plan, { ...plan, machine: thisMachine() });
  if (differences.length > 0) {
    throw new BenchError(
      'PLAN_UNMET',
      `The plan was made on another machine than this (${differences.join('; ')}): follow it there, or make a new one here.`,
    );
  }
}
