import { expect, it } from 'vitest';
import { measureAgain } from '../../src/compare/again.js';
import type { Trials } from '../../src/record/trials.js';
import { pairOf } from '../score/fixture.js';

const split = (file: string) => ({ file, record: pairOf().split });
const trials = (of: Partial<Trials>) => ({ seeds: false, ...of }) as Trials;

it('measures on the plan of the split, whose policy was compared, with traffic of its own in each pair where trials had that', () => {
  expect(measureAgain(split('reports/b-split/run.json'), null)).toBe(
    'bench trials --plan reports/b-split/run.json',
  );
  expect(measureAgain(split('a/run.json'), trials({ seeds: true }))).toBe(
    'bench trials --plan a/run.json --seeds',
  );
});

it('names a path as a shell takes it for one word', () => {
  expect(measureAgain(split("my reports/it's/run.json"), null)).toBe(
    String.raw`bench trials --plan 'my reports/it'\''s/run.json'`,
  );
});
