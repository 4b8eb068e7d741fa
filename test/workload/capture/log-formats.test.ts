import { expect, it } from 'vitest';
import { LOG_FORMATS } from '../../../src/workload/capture/log-formats.js';
import { csvlogRecord } from './csvlog-text.js';

const EXAMPLES: Record<string, string> = {
  csvlog: `the end of a record that a rotation cut\n${csvlogRecord({ message: 'statement: SELECT 1' })}`,
  jsonlog:
    '{"timestamp":"2025-03-03 10:00:00.000 UTC","session_id":"1.1","error_severity":"LOG","message":"statement: SELECT 1"}\n',
  CloudNativePG: '{"level":"info","ts":"","logger":"postgres","msg":"record","record":{"log_time":""}}',
  stderr: '2025-03-03 10:00:00.000 UTC [4711] LOG:  statement: SELECT 1\n',
};

it('each format has a name of its own, and knows its own log', () => {
  const names = LOG_FORMATS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, looksLike } of LOG_FORMATS) expect(looksLike(EXAMPLES[name]!), name).toBe(true);
});

it('a log is first tried as what it is', () => {
  for (const [name, text] of Object.entries(EXAMPLES)) {
    expect(LOG_FORMATS.find(({ looksLike }) => looksLike(text))?.name).toBe(name);
  }
});
