import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Pair, startPair } from '../../router/state/pair.js';
import { playRounds, textOf } from '../../router/state/rounds.js';
import { THEMES } from '../../router/state/statements.js';
import { linesOf, MOST_REFUSED } from '../../router/state/tally.js';

const { STATEMENTS = '100000', SEED, MISMATCHES = '1', ONLY, POLICY, CONTROL } = process.env;
const seed = SEED === undefined ? Math.floor(Math.random() * 1_000_000) : Number(SEED);

let pair: Pair;

beforeAll(async () => {
  pair = await startPair();
});

afterAll(async () => {
  await pair?.[Symbol.asyncDispose]();
});

test('random sessions get the same answers from the router as from pg', async () => {
  console.log(`SEED=${seed}`);
  const startMs = performance.now();
  const found: string[] = [];
  const tally = await playRounds(
    pair,
    {
      seed,
      statements: Number(STATEMENTS),
      mismatches: Number(MISMATCHES),
      themes: THEMES.filter((theme) => ONLY === undefined || ONLY.split(',').includes(theme)),
      policy: POLICY,
      control: CONTROL !== undefined,
    },
    (mismatch) => {
      found.push(textOf(mismatch));
      console.log(found.at(-1));
    },
  );
  const seconds = (performance.now() - startMs) / 1000;
  for (const line of linesOf(tally)) console.log(line);
  console.log(`${Math.round(tally.statements / seconds)} statements/s`);
  expect(found).toEqual([]);
  expect(tally.refusals / tally.statements).toBeLessThan(MOST_REFUSED);
});
