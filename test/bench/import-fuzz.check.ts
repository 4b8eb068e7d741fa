import { expect, it } from 'vitest';
import { formatCount } from '../../src/machine/pure.js';
import { MUTABLE, readMutated } from '../workload/capture/mutated-logs.js';

/** `LINES=1000000 SEED=1`: so many mutated lines of each format, from another seed each time unless one is given. */
const LINES = Number(process.env.LINES ?? 1_000_000);
const SEED = Number(process.env.SEED ?? Math.trunc(Date.now() / 1000));

it.each(Object.keys(MUTABLE))('%s: mutated lines crash nothing, and each is accounted for', (name) => {
  const { lines, mutated, records, continued, damaged, sharing } = readMutated(name, LINES, SEED);
  expect(records + continued + damaged).toBe(lines + sharing);
  console.log(
    `${name}, seed ${SEED}: ${formatCount(mutated)} of ${formatCount(lines)} lines mutated; ` +
      `${formatCount(records)} records, ${formatCount(continued)} further lines of theirs, ${formatCount(damaged)} lines damaged`,
  );
});
