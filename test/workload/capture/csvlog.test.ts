import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvlog } from '../../../src/workload/capture/csvlog.js';
import { at, csvlogRecord } from './csvlog-text.js';
import { readAll } from './read-all.js';

const read = (bytes: Buffer, chunkSize?: number) => readAll(csvlog, bytes, chunkSize);

/** Texts that look like ends, heads and whole records of a csvlog. */
const nasty = fc.oneof(
  fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a', "'", '0', ' ') }),
  fc.constantFrom(
    csvlogRecord({ message: 'statement: INSERT INTO logs VALUES (1)' }),
    `\n${csvlogRecord({ message: 'a "quoted" record' })}`,
    '2025-03-03 10:00:00.000 UTC,"app","shop",4711,',
    '",,,,,,,,,"psql","client backend",,0\n',
    '\n\n',
  ),
);
const messages = fc
  .array(fc.array(nasty, { maxLength: 3 }), { minLength: 6, maxLength: 14 })
  // The number tells which record it was.
  .map((texts) => texts.map((parts, i) => `#${i}# ${parts.join('')}`));

describe('csvlog records', () => {
  it('come back whole, whatever their text and however the file is cut into chunks', () => {
    fc.assert(
      fc.property(
        messages,
        fc.integer({ min: 1, max: 3000 }),
        fc.constantFrom(23, 24, 26),
        (texts, chunk, width) => {
          const log = Buffer.from(texts.map((message) => csvlogRecord({ message }, width as 26)).join(''));
          const { messages: got, torn } = read(log, chunk);
          expect(got).toEqual(texts);
          expect(torn).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('survive a lost stretch of the file: only the records it touches and one neighbour are gone', () => {
    fc.assert(
      fc.property(
        messages,
        fc.nat(),
        fc.nat(400),
        fc.integer({ min: 1, max: 3000 }),
        (texts, where, length, chunk) => {
          const records = texts.map((message) => Buffer.from(csvlogRecord({ message })));
          const log = Buffer.concat(records);
          const from = where % log.length;
          const to = Math.min(log.length, from + length);
          const { messages: got } = read(Buffer.concat([log.subarray(0, from), log.subarray(to)]), chunk);
          let start = 0;
          const intact = texts.filter((_, i) => {
            const end = start + records[i]!.length;
            const isIntact = end <= from || start >= to;
            start = end;
            return isIntact;
          });
          const lost = intact.filter((text) => !got.includes(text));
          expect(lost.length).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('survive a record that another writer put in the middle of one', () => {
    fc.assert(
      fc.property(messages, fc.nat(), fc.nat(), (texts, which, where) => {
        const records = texts.map((message) => csvlogRecord({ message }));
        const victim = which % records.length;
        const cut = where % records[victim]!.length;
        const spliced = csvlogRecord({ message: 'spliced' });
        records[victim] = records[victim]!.slice(0, cut) + spliced + records[victim]!.slice(cut);
        const { messages: got } = read(Buffer.from(records.join('')));
        const lost = texts.filter((text, i) => i !== victim && !got.includes(text));
        expect(lost.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });

  it('of a crash in mid-line are recovered when the next one follows on the same line', () => {
    const first = csvlogRecord({ message: 'statement: SELECT one' });
    const broken = csvlogRecord({ message: 'statement: SELECT two,\n three', time: at(1) });
    const next = csvlogRecord({ message: 'statement: SELECT\nfour', time: at(2) });
    const { messages: got, torn } = read(Buffer.from(first + broken.slice(0, 170) + next + first));
    expect(got).toEqual(['statement: SELECT one', 'statement: SELECT\nfour', 'statement: SELECT one']);
    expect(torn).toEqual([{ line: 2, reason: 'not a whole record' }]);
  });

  it('that are damaged are located by file line, once each', () => {
    const good = csvlogRecord({ message: 'two\nlines' });
    const open = csvlogRecord({ message: 'no end\nto it' }).slice(0, -60);
    const { torn, messages: got } = read(Buffer.from(`rubbish\nmore, "rubbish"\n${good}${open}\n${good}`));
    expect(got).toHaveLength(2);
    expect(torn.map(({ line }) => line)).toEqual([1, 5]);
  });

  it('are placed by the line on which they begin, damage among them or not', () => {
    const two = csvlogRecord({ message: 'two\nlines' });
    const one = csvlogRecord({ message: 'one line' });
    expect(read(Buffer.from(two + one + two + one)).lines).toEqual([1, 3, 4, 6]);
    expect(read(Buffer.from(`${two}rubbish\n${one}more, ${two}${one}`)).lines).toEqual([1, 4, 5, 7]);
  });

  it('are those whose columns another parser of CSV takes too, and as it takes them', () => {
    const column = fc.oneof(
      fc.string({ unit: fc.constantFrom('"', 'a', ' ', '\r', 'é'), maxLength: 4 }),
      fc.string({ unit: fc.constantFrom('""', 'a', ',', 'é'), maxLength: 4 }).map((text) => `"${text}"`),
    );
    const columns = fc.tuple(fc.nat(24), column, fc.nat(24), column);
    fc.assert(
      fc.property(columns, fc.constantFrom('\n', '\r\n', ''), ([first, one, second, other], end) => {
        const row = csvlogRecord({ message: 'm', detail: 'd' }).trimEnd().split(',');
        row[first] = one;
        row[second] = other;
        const line = Buffer.from(row.join(',') + end);
        const { records } = read(line);
        const expected = columnsOf(line);
        const isRecord =
          // Quotes join columns, and so make the record of an older version.
          expected !== undefined &&
          [22, 23, 24, 26].includes(expected.length) &&
          /^\d{4}-\d\d-\d\d .* UTC$/.test(expected[0]!) &&
          /^[0-9a-f]+\.[0-9a-f]+$/.test(expected[5]!) &&
          expected[11] !== '';
        expect(records.map(({ user, message, detail, query }) => [user, message, detail, query])).toEqual(
          isRecord ? [[1, 13, 14, 19].map((place) => expected[place])] : [],
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('at the end of a file count without their line break, and not if cut short', () => {
    const record = csvlogRecord({ message: 'last' });
    expect(read(Buffer.from(record.trimEnd())).messages).toEqual(['last']);
    const { messages: got, torn } = read(Buffer.from(record + record.slice(0, 90)));
    expect(got).toEqual(['last']);
    expect(torn).toHaveLength(1);
  });

  it('may end in CRLF, as on Windows', () => {
    const log = `${csvlogRecord({ message: 'a' }).trimEnd()}\r\n${csvlogRecord({ message: 'b' }).trimEnd()}\r\n`;
    expect(read(Buffer.from(log)).messages).toEqual(['a', 'b']);
  });
});

/** The columns of a row by csv-parse; undefined if it is none, or more. */
function columnsOf(line: Buffer): string[] | undefined {
  try {
    const rows: string[][] = parse(line, { relax_column_count: true, record_delimiter: ['\n', '\r\n'] });
    return rows.length === 1 ? rows[0] : undefined;
  } catch {
    return undefined;
  }
}

const MIB = 1 << 20;
const record = (message: string) => csvlogRecord({ message });
const head = record('statement: SELECT 1').slice(0, 150);

describe('a csvlog that is damaged at length', () => {
  it.each([
    ['a quote that is never closed', `${head}${'SELECT 1, 2, 3, 4\n'.repeat((24 * MIB) / 18)}`],
    ['a line of many heads', `${head.repeat((MIB / 150) | 0)}\n`],
    ['lines of which none is a record', 'a\n'.repeat(4 * MIB)],
    ['lines that each hold a head and half a record', `x"${head}\n`.repeat((2 * MIB) / 153)],
    ['a line without an end', '0'.repeat(24 * MIB)],
  ])('is read in a time that goes with its length: %s', (_, damage) => {
    const log = Buffer.from(record('before') + damage + record('after'));
    const start = process.cpuUsage();
    const { messages: got, torn } = read(log, 1 << 16);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(1.5);
    expect(got).toContain('before');
    expect(torn.length).toBeGreaterThan(0);
    expect(torn[0]!.line).toBe(2);
  });

  it('loses a record that is too long for memory, and no other', () => {
    const log = [record('before'), record('x'.repeat(40 * MIB)), record('after')].join('');
    const { messages: got, torn } = read(Buffer.from(log), 1 << 16);
    expect(got).toEqual(['before', 'after']);
    expect(torn).toEqual([{ line: 2, reason: 'a record longer than 32 MiB' }]);
  });
});
