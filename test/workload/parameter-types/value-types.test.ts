import { expect, it } from 'vitest';
import { ValueTypes } from '../../../src/workload/parameter-types/value-types.js';

function likeliest(...values: (string | null)[]): string {
  const types = new ValueTypes();
  for (const value of values) types.see(value);
  expect(types.names.at(-1)).toBe('text');
  return types.names[0]!;
}

it.each([
  ['t', 'bool'],
  ['42', 'int4'],
  ['-2147483648', 'int4'],
  ['2147483648', 'int8'],
  ['9223372036854775808', 'numeric'],
  ['1.50', 'numeric'],
  ['6e-7', 'numeric'],
  ['NaN', 'numeric'],
  ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'uuid'],
  ['2026-01-01', 'date'],
  ['2026-01-01 10:00:00', 'timestamp'],
  ['2026-01-01T10:00:00.123', 'timestamp'],
  ['2026-01-01 10:00:00.5+05:30', 'timestamptz'],
  ['2026-01-01T10:00:00Z', 'timestamptz'],
  ['10:00:00', 'time'],
  ['10:00:00+02', 'timetz'],
  ['1 year 2 mons -3 days 04:05:06.7', 'interval'],
  ['7 days', 'interval'],
  ['P1DT2H', 'interval'],
  ['0 years 0 mons 1 days 0 hours 0 mins 5.0 secs', 'interval'],
  ['-26:00:00', 'interval'],
  ['{"a": 1}', 'jsonb'],
  ['[1, 2]', 'jsonb'],
  ['{1,2}', '_int4'],
  ['{{1,2},{3,NULL}}', '_int4'],
  ['{a,"b, \\"c\\""}', '_text'],
  ['{"2026-01-01 10:00:00+00"}', '_timestamptz'],
  ['\\x00ff', 'bytea'],
  ['', 'text'],
  ['word', 'text'],
  ['PDF', 'text'],
])('%s is written as %s', (value, type) => {
  expect(likeliest(value)).toBe(type);
  expect(likeliest(null, value, value)).toBe(type);
});

it('all values of a parameter count', () => {
  expect(likeliest('1', '5000000000')).toBe('int8');
  expect(likeliest('1', '1.5')).toBe('numeric');
  expect(likeliest('1', 'x')).toBe('text');
  expect(likeliest('2026-01-01', '2026-01-01 10:00:00+00')).toBe('timestamptz');
});
