import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PLAN_SCHEMA, RUN_SCHEMA, TRIALS_SCHEMA } from '../../src/record/pure.js';
import { COMPARE_SCHEMA } from '../../src/score/scorecard.js';

test('reports/README.md names the formats as they are written', () => {
  const readme = readFileSync(new URL('../../reports/README.md', import.meta.url), 'utf8');
  const named = readme.match(/splitbench\.\w+\/\d+/g) ?? [];
  expect(new Set(named)).toEqual(new Set([PLAN_SCHEMA, RUN_SCHEMA, TRIALS_SCHEMA, COMPARE_SCHEMA]));
});
