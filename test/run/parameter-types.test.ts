import { expect, it } from 'vitest';
import { warningOfUntold } from '../../src/run/parameter-types.js';
import type { ParameterTypes } from '../../src/workload/parameter-types/index.js';

const none: ParameterTypes = {
  schema: 'splitbench.types/1',
  traceSha256: 'a',
  snapshotSha256: 'b',
  globalsSha256: null,
  database: 'shop',
  shapes: [],
  untold: [],
};
const untold = (statements: number) => ({
  shape: 'SELECT f($1)',
  statements,
  example: 'SELECT f($1)',
  code: '42883',
  message: 'function f(unknown) does not exist',
});

it('statements whose types are untold are counted in one sentence', () => {
  expect(warningOfUntold(none)).toEqual([]);
  expect(warningOfUntold({ ...none, untold: [untold(1)] })).toEqual([
    expect.stringMatching(/^1 statement has parameters whose types can't be told/),
  ]);
  const [sentence] = warningOfUntold({ ...none, untold: [untold(1200), untold(34)] });
  expect(sentence).toMatch(/^1,234 statements have .*\(2 shapes\).* 42883 .*"SELECT f\(\$1\)"/);
});
