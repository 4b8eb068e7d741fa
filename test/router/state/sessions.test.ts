import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Pair, startPair } from './pair.js';
import { type Found, playRounds, type Rounds, textOf } from './rounds.js';
import { linesOf, MOST_REFUSED } from './tally.js';

let pair: Pair;

beforeAll(async () => {
  pair = await startPair();
});

afterAll(async () => {
  await pair?.[Symbol.asyncDispose]();
});

describe('random sessions', () => {
  test('are the same when pg is played against itself: what is found lies in the router', async () => {
    expect(await play({ seed: 1, statements: 400, control: true })).toEqual([]);
  });

  test.each([1, 2, 3, 4, 5].map((n) => 1000 * n))(
    'get the same answers from the router as from pg, seed %i',
    async (seed) => {
      expect(await play({ seed, statements: 500 })).toEqual([]);
    },
  );
});

async function play(rounds: Rounds): Promise<string[]> {
  const found: Found[] = [];
  const tally = await playRounds(pair, rounds, (mismatch) => found.push(mismatch));
  expect(tally.refusals / tally.statements, linesOf(tally).join('\n')).toBeLessThan(MOST_REFUSED);
  return found.map(textOf);
}
