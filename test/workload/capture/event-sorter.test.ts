import { closeSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openNameless } from '../../../src/machine/index.js';
import {
  type CapturedStatement,
  EventSorter,
  FAILURE,
  merge,
} from '../../../src/workload/capture/event-sorter.js';

const folder = mkdtempSync(join(tmpdir(), 'splitbench-sorter-'));
afterAll(() => rmSync(folder, { recursive: true }));

const statement = fc.record<Omit<CapturedStatement, 'place'>>({
  startUs: fc.integer({ min: -5, max: 50 }),
  session: fc.nat(1000),
  category: fc.nat(3),
  sql: fc.record({
    text: fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.nat(3000).map((n) => 'é'.repeat(n)),
    ),
    values: fc.option(fc.array(fc.option(fc.string({ unit: 'grapheme' }), { nil: null })), {
      nil: undefined,
    }),
  }),
});

describe('the event sorter', () => {
  it('gives back every statement by start and then by place, of parts that each were larger than memory or not', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ part: fc.nat(2), statement }), { maxLength: 60 }),
        fc.constantFrom(200, 4000, 1 << 20),
        (all, memory) => {
          const files = [0, 1, 2].map(() => openNameless(folder));
          try {
            const sorters = files.map((file) => new EventSorter(file, memory));
            const given = all.map(({ part, statement }, place) => ({ part, ...statement, place }));
            for (const { part, ...one } of given) sorters[part]!.push(one);
            const parts = sorters.map((sorter, i) => ({ file: files[i]!, runs: sorter.end() }));
            const got = Array.from(
              merge(parts),
              ({ startUs, part, session, category, buffer, sqlStart, sqlEnd }) => {
                return {
                  ...{ startUs, part, session, category },
                  sql: buffer.toString('utf8', sqlStart, sqlEnd),
                };
              },
            );
            const expected = given
              .toSorted((a, b) => a.startUs - b.startUs)
              .map(({ place: _, ...one }) => ({ ...one, sql: JSON.stringify(one.sql) }));
            expect(got).toEqual(expected);
          } finally {
            files.forEach(closeSync);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('gives back a failure just before its statement, though it was told long after', () => {
    const file = openNameless(folder);
    try {
      const sorter = new EventSorter(file, 300);
      const statements = Array.from({ length: 40 }, (_, place) => ({
        startUs: 7,
        place,
        session: place % 3,
      }));
      for (const one of statements)
        sorter.push({ ...one, category: 1, sql: { text: 'é', values: undefined } });
      sorter.fail({ ...statements[5]!, sqlState: '22012' });
      const got = Array.from(merge([{ file, runs: sorter.end() }]), (entry) => {
        return { ...entry, sql: entry.buffer.toString('utf8', entry.sqlStart, entry.sqlEnd) };
      });
      expect(got).toHaveLength(41);
      expect(got[5]).toMatchObject({ category: FAILURE, session: 2, sql: '22012' });
      expect(got[6]).toMatchObject({ category: 1, session: 2, place: 5 });
    } finally {
      closeSync(file);
    }
  });
});
