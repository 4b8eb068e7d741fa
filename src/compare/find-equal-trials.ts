import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { meanOf } from '../machine/pure.js';
import { isTrials, readTrials } from '../record/index.js';
import { nodeOf, type Plan, type StoredTrials } from '../record/pure.js';
import { type EqualTrials, LEAST_EQUAL_PAIRS, type Pair, whySetAside } from '../score/index.js';
import { recordsOf, type StoredPair } from './find-pair.js';
import { completePairs } from './find-trials.js';

/** How far apart, as shares of the budget, loads may be for the noise at the one to say something of that at the other. */
const LIKE_LOAD = 0.1;

/**
 * The newest trials of baseline against baseline that say how much runs like those of a pair differ: beside its runs, of
 * the same workload on the same machine and servers, at about the same load. Null if there are none.
 */
export async function findEqualTrials({ baseline }: StoredPair): Promise<EqualTrials | null> {
  const runs = dirname(dirname(baseline.file));
  const folder = isTrials(runs) ? dirname(runs) : runs;
  const names = await readdir(folder).catch(() => []);
  for (const name of names.sort().reverse()) {
    const path = join(folder, name);
    if (!isTrials(path)) continue;
    // What can't be read is none.
    const stored = await readTrials(path).catch(() => null);
    if (!stored?.trials.aa || !alike(stored.trials.plan, baseline.record.plan)) continue;
    const pairs = await tellingPairs(stored).catch(() => []);
    if (pairs.length < LEAST_EQUAL_PAIRS) continue;
    const load = loadOf(pairs.map((pair) => pair.baseline));
    if (Math.abs(load - loadOf([baseline.record])) <= LIKE_LOAD) return { id: stored.trials.id, pairs };
  }
  return null;
}

async function tellingPairs(stored: StoredTrials): Promise<Pair[]> {
  const pairs = (await completePairs(stored)).map(recordsOf);
  return pairs.filter((pair) => whySetAside(pair) === null);
}

/** Whether the same is done by the same servers on the same machine, at whatever rate. */
function alike(one: Plan, other: Plan): boolean {
  const about = ({ machine, topology: { kind, cpuMethod, nodes }, workload: { name, scale } }: Plan) => {
    const { platform, arch, cpuModel, cores } = machine;
    return JSON.stringify([platform, arch, cpuModel, cores, kind, cpuMethod, nodes, name, scale]);
  };
  return about(one) === about(other);
}

/** Mean use of the primary's budget, 0..1; NaN where it was not measured. */
function loadOf(runs: readonly Pair['baseline'][]): number {
  return meanOf(runs.map((run) => nodeOf(run, 'primary')?.utilisation ?? Number.NaN));
}
