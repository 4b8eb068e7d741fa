import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/record/run.js';
import type { ImportSummary } from '../../src/workload/capture/summary.js';
import { type LoggingServer, startLoggingServer } from '../workload/capture/logging-server.js';
import { recordOfRun, runBench } from './bench.js';

/** Small logs, each of a kind that somebody reported trouble with: imported, and replayed on primary and replica. */

const reports = join(import.meta.dirname, '../../../shared/data/reports');

let folder: string;
let server: LoggingServer;
const bench = (...args: string[]) => runBench(folder, args);

beforeAll(async () => {
  if (!existsSync(reports)) return;
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-e2e-'));
  server = await startLoggingServer();
  await server.createDatabase('d', {});
  const seeded = await server.connect('d');
  await seeded.query(await readFile(join(reports, 'seed.sql'), 'utf8'));
  await seeded.end();
  await server.stop();
});
afterAll(async () => {
  await server?.remove();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Imports a log. */
async function imported(name: string): Promise<ImportSummary> {
  const outcome = await bench('import', join(reports, `${name}.csv`), '-o', `${name}.trace`, '--json');
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
  return JSON.parse(outcome.stdout);
}

/** Plays an imported log at ten times its pace, without its pauses; every statement has to be answered. */
async function played(name: string, events: number, side = 'split'): Promise<RunRecord> {
  const snapshot = ['--snapshot', server.dataDir, '--database', 'd', '--speed', '10', '--skip-idle', '1s'];
  const run = await recordOfRun(folder, side, '--workload', `${name}.trace`, ...snapshot);
  expect(run.accounting).toMatchObject({ captured: events, ok: events });
  return run;
}

/** Requests that a node of the split was sent. */
function requests({ router }: RunRecord, node: string) {
  return router.requests.filter((row) => row.node === node);
}

describe.skipIf(!existsSync(reports))('logs that were reported (../shared/data/reports)', () => {
  it('executions that only their bind tells of', async () => {
    expect(await imported('bind-only')).toMatchObject({ events: 3 });
  });

  it('reads left out by log_statement = mod', async () => {
    const { events, warnings } = await imported('log-statement-mod');
    expect(events).toBe(31);
    expect(warnings).toContainEqual(expect.stringMatching(/reads are missing/));
  });

  it("a driver's reset, which keeps no read on the primary", async () => {
    await imported('driver-reset');
    const split = await played('driver-reset', 12);
    const reads = requests(split, 'primary').filter(({ category }) => category === 'read');
    // Those that the policy shares with the primary, and no others.
    expect(new Set(reads.map(({ reason }) => reason))).toEqual(new Set(['primary-share']));
    expect(requests(split, 'replica').reduce((sum, { ok }) => sum + ok, 0)).toBe(3);
  }, 120_000);

  it('EXECUTE of what was prepared before the log began', async () => {
    await imported('execute-prepared-before');
    await played('execute-prepared-before', 3);
  }, 120_000);

  it('a cursor in a READ ONLY transaction', async () => {
    await imported('cursor-in-read-only');
    await played('cursor-in-read-only', 8, 'baseline');
    const split = await played('cursor-in-read-only', 8);
    expect(requests(split, 'replica').some(({ category }) => category === 'write')).toBe(false);
    expect(requests(split, 'primary').some(({ category }) => category === 'write')).toBe(true);
  }, 120_000);
});
