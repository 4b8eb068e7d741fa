import { writeWhole } from '../whole-file.js';
import { hashPlan } from './hash.js';
import type { Plan, PlanFile } from './plan.js';

/**
 * Writes a plan with its hash beside it, by which readPlan sees whether it was changed.
 * @returns the hash
 */
export async function writePlan(file: string, plan: Plan): Promise<string> {
  const content: PlanFile = { ...plan, hash: hashPlan(plan) };
  await writeWhole(file, `${JSON.stringify(content, null, 2)}\n`);
  return content.hash;
}
