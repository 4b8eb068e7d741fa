import type { Pair } from './pair.js';
import { type Mismatch, play, randomSteps } from './play.js';
import { textOfStep } from './script.js';
import { shrink } from './shrink.js';
import type { Theme } from './statements.js';
import { newTally, type Tally } from './tally.js';

/** Those whose reads never miss what their own session wrote. */
const POLICIES = ['balanced', 'lsn', 'rails', 'primary-only'];

const STEPS_PER_ROUND = 200;

export interface Rounds {
  statements: number;
  /** The first round's; each round has the next one. */
  seed: number;
  /** End after so many mismatches. Default 1. */
  mismatches?: number;
  /** Only these. Default: all. */
  themes?: readonly Theme[];
  /** Only this. Default: all in turn. */
  policy?: string;
  /** Play plain `pg` against itself. */
  control?: boolean;
}

export interface Found extends Mismatch {
  seed: number;
  policy: string;
}

/**
 * Plays rounds of random users, each with a router of its own, on databases as they were at first.
 * @param onMismatch told of each, with the steps that it needs
 */
export async function playRounds(
  pair: Pair,
  { statements, seed: firstSeed, mismatches = 1, themes, policy: only, control }: Rounds,
  onMismatch: (found: Found) => void,
): Promise<Tally> {
  const tally = newTally();
  let found = 0;
  for (let seed = firstSeed; tally.statements < statements && found < mismatches; seed++) {
    const policy = only ?? POLICIES[seed % POLICIES.length]!;
    const open = () => (control ? pair.openControl() : pair.openRouted(policy, tally));
    const mismatch = await play(randomSteps(seed, STEPS_PER_ROUND, themes), open, pair, tally);
    if (mismatch === undefined) continue;
    found++;
    onMismatch({ ...(await shrink(mismatch, open, pair)), seed, policy });
  }
  return tally;
}

/** The steps, and what came of the last one on either side. */
export function textOf({ seed, policy, script, plain, routed }: Found): string {
  return [
    `seed ${seed}, policy ${policy}`,
    ...script.map(textOfStep),
    `  plain:  ${plain}`,
    `  router: ${routed}`,
  ].join('\n');
}
