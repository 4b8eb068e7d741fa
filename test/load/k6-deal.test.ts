import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { deal } from '../../src/load/k6/driver.js';
import { TRACE_SCHEMA, type TraceEvent } from '../../src/workload/trace.js';
import { writeTrace } from '../../src/workload/trace-file.js';
import { canMount, mountTmpfs } from '../tmpfs.js';

let folder: string;
let traceFile: string;
const EVENTS = 8000;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-deal-'));
  traceFile = join(folder, 'trace.ndjson');
  const events = Array.from(
    { length: EVENTS },
    (_, n): TraceEvent => ({
      ...{ dueUs: n * 1000, session: n, category: 'read', priority: 'medium', operation: 'menu' },
      http: { method: 'GET', path: `/menus/${'x'.repeat(300)}` },
    }),
  );
  await writeTrace(traceFile, { schema: TRACE_SCHEMA, kind: 'http', workload: 'test', meta: {} }, events);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('sessions are dealt out to files, each event to one', async () => {
  const parts = await deal(folder, { traceFile }, 3);
  const lines = parts.flatMap((part) => readFileSync(part, 'utf8').trimEnd().split('\n'));
  expect(parts).toHaveLength(3);
  expect(lines).toHaveLength(EVENTS);
});

it.skipIf(!canMount)('a full disk is thrown, whichever file meets it first', async () => {
  using disk = mountTmpfs('size=1m')!;
  await expect(deal(disk.dir, { traceFile }, 3)).rejects.toMatchObject({ code: 'ENOSPC' });
});
