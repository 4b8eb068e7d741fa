import type { QueryResult } from 'pg';
import { expect, test } from 'vitest';
import { ReplayedKeys, remarkOnKeys, shareKeys } from '../../src/load/player/replayed-keys.js';

/** Two numbers: given to the statements at 2 (in its result's second column) and 4, sent at 6 to 8. */
const text = "SELECT 101, '102'";
function keysOf() {
  const literal = (digits: string) => -1 - text.indexOf(digits);
  return shareKeys({
    captured: Float64Array.of(101, 102),
    given: Int32Array.of(2, 0, 1, 0, 4, 1, 0, 1),
    sent: Int32Array.of(6, 0, 0, 6, 0, 1, 6, 1, 1, 7, literal('101'), 0, 7, literal('102'), 1, 8, 0, 1),
    unknown: 3,
  });
}
const result = (...rows: (string | null)[][]) => ({ rows }) as unknown as QueryResult;

test('numbers that the replay was given are sent wherever the captured ones stand, and all others left alone', () => {
  const shared = keysOf();
  const [one, other] = [new ReplayedKeys(shared), new ReplayedKeys(shared)];
  const sql = { text: 'SELECT $1, $2', values: ['{101,7,102,1011}', '102'] };
  expect(one.put(sql, 6)).toBe(sql);
  one.learn(result(['x', '102']), 2);
  one.learn(result(['55'], ['10001']), 4);
  // What stands in for one may be another's captured one; threads tell each other.
  expect(other.put(sql, 6).values).toEqual(['{102,7,10001,1011}', '10001']);
  expect(other.put({ text }, 7)).toEqual({ text: "SELECT 102, '10001'" });
  expect(sql.values).toEqual(['{101,7,102,1011}', '102']);
  for (const place of [0, 5, 9]) expect(one.put(sql, place)).toBe(sql);
  expect(remarkOnKeys(shared)).toBe(
    '2 numbers that sequences had given out when the trace was captured were found in later statements: in 2 statements the ' +
      'replay sent those that it was given instead. Of 3 more, no later statement tells.',
  );
});

test('what gave no number in the replay leaves the captured one', () => {
  const keys = new ReplayedKeys(keysOf());
  keys.learn(result(), 2);
  keys.learn(result(['55'], [null]), 4);
  keys.learn([result(['55'], ['7'])], 4);
  const sql = { text: 'SELECT $1', values: ['102'] };
  expect(keys.put(sql, 8)).toBe(sql);
});
