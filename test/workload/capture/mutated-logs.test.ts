import { expect, it } from 'vitest';
import { MUTABLE, readMutated } from './mutated-logs.js';

it.each(Object.keys(MUTABLE))(
  'a %s whose lines are mutated is read to its end, and every line accounted for',
  (name) => {
    const { lines, mutated, records, continued, damaged, sharing } = readMutated(name, 3000, 1);
    expect(mutated).toBeGreaterThanOrEqual(3000);
    expect(records).toBeGreaterThan(2000);
    expect(records + continued + damaged).toBe(lines + sharing);
  },
);
