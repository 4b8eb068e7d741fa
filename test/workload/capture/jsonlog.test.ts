import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonlog } from '../../../src/workload/capture/jsonlog.js';
import { jsonlogRecord } from './jsonlog-text.js';
import { readAll } from './read-all.js';

const record = (message: string) => jsonlogRecord({ message });
const read = (text: string, chunkSize?: number) => readAll(jsonlog, Buffer.from(text), chunkSize);

it('records of a jsonlog come back whole, whatever their text and however the file is cut into chunks', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 300 }),
      (texts, chunk) => {
        const { messages, torn, lines } = read(texts.map(record).join(''), chunk);
        expect(messages).toEqual(texts.map((text) => Buffer.from(text).toString()));
        expect(lines).toEqual(texts.map((_, i) => i + 1));
        expect(torn).toEqual([]);
      },
    ),
    { numRuns: 100 },
  );
});

it('has the fields of a csvlog, under their own names', () => {
  const failed = {
    ...{ timestamp: '2025-03-03 10:00:00.000 UTC', user: 'app', dbname: 'shop', session_id: '67c57aa0.1267' },
    ...{
      error_severity: 'ERROR',
      state_code: '22012',
      message: 'division by zero',
      detail: 'd',
      context: 'c',
    },
    ...{ statement: 'SELECT 1/0', backend_type: 'client backend' },
  };
  expect(read(JSON.stringify(failed)).records).toEqual([
    {
      ...{ time: '2025-03-03 10:00:00.000 UTC', user: 'app', database: 'shop', session: '67c57aa0.1267' },
      ...{ severity: 'ERROR', sqlState: '22012', message: 'division by zero', detail: 'd', context: 'c' },
      ...{ query: 'SELECT 1/0', backendType: 'client backend', virtualTransaction: '' },
    },
  ]);
  expect(read(record('statement: SELECT 1')).records[0]).toMatchObject({ sqlState: '00000', query: '' });
});

it('of a crash in mid-line the next record is read, though it goes on in the same line', () => {
  const next = record('a text that holds {"timestamp":"2025');
  const { messages, torn, lines } = read(
    record('first') + record('second').slice(0, 70) + next + record('last'),
  );
  expect(messages).toEqual(['first', 'a text that holds {"timestamp":"2025', 'last']);
  expect(lines).toEqual([1, 2, 3]);
  expect(torn).toEqual([{ line: 2, reason: 'not a whole record' }]);
});

it('lines that are no records are damage, told once for as long as it goes on', () => {
  const damage = ['the end of a line', '{"timestamp":1}', '[]', '{}', 'null'];
  const { messages, torn } = read(`${damage.join('\n')}\n\n${record('first')}${damage.join('\n')}`);
  expect(messages).toEqual(['first']);
  expect(torn.map(({ line }) => line)).toEqual([1, 8]);
});

it('a line that is too long for memory is lost, and no other', () => {
  const long = `${record('before')}${record('x'.repeat(33 << 20))}${record('after')}`;
  const { messages, torn } = read(long, 1 << 16);
  expect(messages).toEqual(['before', 'after']);
  expect(torn).toEqual([{ line: 2, reason: 'a record longer than 32 MiB' }]);
});
