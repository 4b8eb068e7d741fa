import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type CapturedStatement, EventSorter } from '../../../src/workload/capture/event-sorter.js';

const folder = mkdtempSync(join(tmpdir(), 'splitbench-sorter-'));
afterAll(() => rmSync(folder, { recursive: true }));

const statement = fc.record<CapturedStatement>({
  startUs: fc.integer({ min: -5, max: 50 }),
  session: fc.nat(1000),
  category: fc.nat(3),
  text: fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.nat(3000).map((n) => 'é'.repeat(n)),
  ),
  values: fc.option(fc.array(fc.option(fc.string({ unit: 'grapheme' }), { nil: null })), { nil: undefined }),
});

describe('the event sorter', () => {
  it('gives back every statement by start, ties in the order they came, through memory and spill alike', () => {
    fc.assert(
      fc.property(
        fc.array(statement, { maxLength: 60 }),
        fc.constantFrom(200, 4000, 1 << 20),
        (all, memory) => {
          const sorter = new EventSorter(folder, memory);
          try {
            for (const one of all) sorter.push(one);
            const expected = all.toSorted((a, b) => a.startUs - b.startUs);
            expect([...sorter.sorted()]).toEqual(expected);
          } finally {
            sorter.close();
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('leaves no spill file behind, not even while it is open', () => {
    const sorter = new EventSorter(folder, 100);
    const text = 'x'.repeat(500);
    for (let i = 0; i < 5; i++)
      sorter.push({ startUs: -i, session: 0, category: 0, text, values: undefined });
    expect(readdirSync(folder)).toEqual([]);
    sorter.close();
  });
});
