import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolveBinaries } from '../../src/cluster/embedded/binaries.js';
import { ensureTemplate } from '../../src/cluster/template/template.js';
import type { RunRecord } from '../../src/record/run.js';
import type { Scorecard } from '../../src/score/scorecard.js';
import { DATABASE, loadSmartmenu, smartmenuFingerprint } from '../../src/workload/smartmenu/load.js';
import { recordOfRun, runBench } from '../e2e/bench.js';
import { csvlogRecord } from '../workload/capture/csvlog-text.js';

/**
 * The service's own traffic, as its server logged it during a baseline: replayed on both sides, it is the same work as
 * the HTTP run, statement by statement, and the split moves as much of it.
 */

const { RATE = '100', SECONDS = '30' } = process.env;
const DATA = { scale: 0.05, seed: 1 };
/** Of the share of reads that moves, in percentage points. */
const MOST_APART = 2;

const folder = mkdtempSync(join(os.tmpdir(), 'splitbench-own-log-'));
const place = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (where: string, ...args: string[]) => recordOfRun(place(where), ...args);

let http: Record<'baseline' | 'split', RunRecord>;
let replayed: Record<'baseline' | 'split', RunRecord>;

beforeAll(async () => {
  const { runAs } = await resolveBinaries();
  for (const name of ['http', 'log', 'replay']) mkdirSync(place(name));
  if (runAs) for (const path of [folder, place('log')]) chownSync(path, runAs.uid, runAs.gid);
  const settings = {
    logging_collector: 'on',
    log_destination: 'csvlog',
    log_directory: place('log'),
    log_filename: 'server.log',
    log_min_duration_statement: 0,
  };
  writeFileSync(join(place('http'), 'bench.config.mjs'), `export default ${JSON.stringify({ settings })}`);

  const load = ['--rate', RATE, '--duration', `${SECONDS}s`, '--warmup', '0s', '--scale', String(DATA.scale)];
  const baseline = await run('http', 'baseline', ...load);
  writeFileSync(place('own.csv'), ownTraffic(baseline));
  http = { baseline, split: await run('http', 'split') };

  const imported = await runBench(folder, ['import', 'own.csv', '-o', 'own.trace', '--json']);
  expect(imported, imported.stderr).toMatchObject({ code: 0 });
  const { dir } = await ensureTemplate({
    label: 'smartmenu',
    key: { ...DATA, data: smartmenuFingerprint(DATA) },
    database: DATABASE,
    load: (admin) => loadSmartmenu(admin, DATA),
    signal: new AbortController().signal,
  });
  const workload = ['--workload', place('own.trace'), '--snapshot', dir];
  replayed = { baseline: await run('replay', 'baseline', ...workload), split: await run('replay', 'split') };
}, 20 * 60_000);

/** Of the log: what the service sent from the run's start on, without the rehearsal before and the observers beside. */
function ownTraffic({ startedAt }: RunRecord): string {
  const [file] = readdirSync(place('log')).filter((name) => name.endsWith('.csv'));
  const records: string[][] = parse(readFileSync(join(place('log'), file!)), { relax_column_count: true });
  const start = startedAt.replace('T', ' ').replace('Z', ' UTC');
  return records
    .filter(([time, user]) => user === 'splitbench_app' && time! >= start)
    .map(([time, user, database, , , session, line, , , , , , , message, detail]) =>
      csvlogRecord({ time, user, database, session, line: Number(line), message: message!, detail }),
    )
    .join('');
}

/** How often each read and each write was executed, on all servers together. */
function callsOf({ volume }: RunRecord): Record<string, number> {
  const calls: Record<string, number> = {};
  for (const statement of volume.flatMap(({ statements }) => statements)) {
    if (statement.kind === 'other') continue;
    calls[statement.text] = (calls[statement.text] ?? 0) + statement.calls;
  }
  return calls;
}

/** Per cent of the reads that the replica executed. */
function movedShare({ volume: [primary, replica] }: RunRecord): number {
  return (100 * replica!.reads.calls) / (primary!.reads.calls + replica!.reads.calls);
}

test('every statement runs as often as it did behind the service', () => {
  const expected = callsOf(http.baseline);
  expect(Object.keys(expected).length).toBeGreaterThan(15);
  const total = Object.values(expected).reduce((sum, calls) => sum + calls, 0);
  console.log(`${Object.keys(expected).length} kinds of statements, ${total} calls`);
  expect(total).toBe(http.baseline.accounting.ok);
  for (const record of [http.split, replayed.baseline, replayed.split]) {
    expect(callsOf(record), record.side).toEqual(expected);
    expect(record.accounting).toMatchObject({ ok: total, failed: 0, skipped: 0, notSent: 0 });
  }
});

test('the split moves as many of the reads', () => {
  const shares = [http.split, replayed.split].map(movedShare);
  console.log(`moved: ${shares[0]!.toFixed(2)} % behind the service, ${shares[1]!.toFixed(2)} % replayed`);
  expect(Math.abs(shares[0]! - shares[1]!)).toBeLessThan(MOST_APART);
});

test('the comparison of the replay has the same share', async () => {
  const outcome = await runBench(place('replay'), ['compare', '--out', 'report']);
  expect([0, 1, 3], outcome.stderr).toContain(outcome.code);
  const card: Scorecard = JSON.parse(readFileSync(join(place('replay'), 'report/compare.json'), 'utf8'));
  const row = card.scorecard.find(({ id }) => id === 'primary-read-volume')!;
  expect(row.value).toBeCloseTo(movedShare(replayed.split), 1);
});
