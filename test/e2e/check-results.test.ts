import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPlan, writePlan } from '../../src/record/plan-file.js';
import { type Divergence, unexplained } from '../../src/score/divergence/divergence.js';
import { type SqlEvent, TRACE_SCHEMA } from '../../src/workload/trace.js';
import { writeTrace } from '../../src/workload/trace-file.js';
import { sql } from '../load/fixture.js';
import { type LoggingServer, startLoggingServer } from '../workload/capture/logging-server.js';
import { runBench } from './bench.js';

/** Answers of a replica that replays late, compared with those of a primary alone. */

const SECRET = 'a word that only trace and database hold';
const WRITES = 12;
/** Between a write and the next: a read in the middle sees the former for certain, and on the late replica never. */
const BEAT_MS = 400;
const DELAY = '400ms';
const SETTLE_MS = 6000;

let folder: string;
let server: LoggingServer;
const bench = (...args: string[]) => runBench(folder, args);

beforeAll(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-e2e-'));
  server = await startLoggingServer();
  await server.createDatabase('shop', {});
  const setUp = await server.connect('shop');
  await setUp.query(`
    CREATE TABLE menu (id int PRIMARY KEY, price int NOT NULL, at timestamptz);
    CREATE TABLE trail (menu int);
    CREATE TABLE country (code text PRIMARY KEY, name text NOT NULL);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN INSERT INTO trail VALUES (NEW.id); RETURN NULL; END';
    CREATE TRIGGER noted AFTER UPDATE ON menu FOR EACH ROW EXECUTE FUNCTION note();
    CREATE VIEW dear AS SELECT id FROM menu WHERE price > 1000;
    INSERT INTO menu SELECT n, 100 FROM generate_series(1, 20) n;
    INSERT INTO country SELECT 'c' || n, '${SECRET}' FROM generate_series(1, 20) n`);
  await setUp.end();
  await server.stop();
  const header = { schema: TRACE_SCHEMA, kind: 'sql', workload: 'shop', meta: {} } as const;
  await writeTrace(join(folder, 'shop.trace'), header, events());
  await planWithLateReplica();
});
afterAll(async () => {
  await server.remove();
  await rm(folder, { recursive: true, force: true });
});

/** A writer of rows, and sessions of one read each, so that none waits for what it wrote or read before. */
function events(): SqlEvent[] {
  let session = 1;
  // Until the router has seen for long enough how late the replica is to trust it.
  const all: SqlEvent[] = [sql(0, session++, 'SELECT now()')];
  for (let beat = 0; beat < WRITES; beat++) {
    const at = SETTLE_MS + beat * BEAT_MS;
    all.push(sql(at, 0, 'UPDATE menu SET price = price + 1, at = now() WHERE id = 1'));
    const read = (...of: [string, string[]?]) => all.push(sql(at + BEAT_MS / 2, session++, ...of));
    read('SELECT price, at FROM menu WHERE id = 1');
    read('SELECT price FROM menu WHERE id = $1', ['2']);
    read('SELECT count(*) FROM trail');
    read('SELECT id FROM dear');
    read(`SELECT code FROM country WHERE name = '${SECRET}' AND code > 'c${beat}'`);
    read('SELECT name FROM country WHERE code = $1', [`c${beat}`]);
    read('SELECT now()');
  }
  return all;
}

async function planWithLateReplica(): Promise<void> {
  const work = ['--workload', 'shop.trace', '--snapshot', server.dataDir, '--database', 'shop'];
  const outcome = await bench('plan', ...work, '--out', 'plan.json');
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
  const plan = await readPlan(join(folder, 'plan.json'));
  plan.topology.settings.recovery_min_apply_delay = DELAY;
  await writePlan(join(folder, 'late.json'), plan);
}

async function run(side: 'baseline' | 'split', ...more: string[]): Promise<string> {
  const outcome = await bench('run', side, '--plan', 'late.json', '--check-results', '--json', ...more);
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
  return JSON.parse(outcome.stdout).file;
}

async function compared(baseline: string, split: string) {
  const outcome = await bench('compare', baseline, split, '--out', 'report', '--json');
  expect([0, 1, 3], outcome.stderr).toContain(outcome.code);
  const divergence: Divergence = JSON.parse(outcome.stdout).divergence;
  const of = (name: string) => divergence.statements.find((statement) => statement.name === name)!;
  return { divergence, of };
}

describe('the answers of a replica that is late', () => {
  let baseline: string;

  it('are stale where every read goes there, and only what is written to differs', async () => {
    // At once, for they wait most of the time: so do those below.
    const [first, split] = await Promise.all([
      run('baseline'),
      run('split', '--policy', 'everything-to-replica'),
    ]);
    baseline = first;
    const { divergence, of } = await compared(baseline, split);
    expect(of('SELECT price, at FROM menu WHERE id = $1').byEvidence.changing).toMatchObject({
      compared: WRITES,
      // The first ones are of a time at which the baseline had not been asked yet.
      stale: expect.toSatisfy((count: number) => count >= WRITES - 3),
    });
    expect(of('SELECT count(*) FROM trail').byEvidence.certain.compared).toBe(0);
    expect(of('SELECT id FROM dear').because).toBe('written to: menu');
    for (const name of [
      'SELECT code FROM country WHERE name = $1 AND code > $2',
      'SELECT name FROM country WHERE code = $1',
    ]) {
      expect(of(name).byEvidence.certain).toMatchObject({ compared: WRITES, same: WRITES });
    }
    expect(of('SELECT price FROM menu WHERE id = $1').byEvidence.settled).toMatchObject({
      compared: WRITES - 2,
      same: WRITES - 2,
    });
    expect(divergence.notCompared).toEqual([{ reason: 'undetermined', count: WRITES + 1 }]);
    expect(divergence.equalRuns).toBeNull();
  }, 90_000);

  it('are the baseline’s where reads wait for what their session knows, or stay on the primary, and stand beside what differs between two baselines', async () => {
    const [balanced, again] = await Promise.all([run('split', '--policy', 'balanced'), run('baseline')]);
    const { divergence } = await compared(baseline, balanced);
    expect(unexplained(divergence.byEvidence)).toBe(0);
    expect(divergence.byEvidence.certain.compared).toBe(2 * WRITES);
    const { equalRuns } = divergence;
    expect(again).toContain(equalRuns!.id);
    expect(unexplained(equalRuns!.byEvidence)).toBe(0);
    expect(equalRuns!.byEvidence.certain.compared).toBe(2 * WRITES);
  }, 90_000);

  it('are shown in the report, and no file that a run leaves holds a literal', async () => {
    const html = await readFile(join(folder, 'report/compare.html'), 'utf8');
    expect(html).toContain('Answers that differ');
    const answers = await readFile(join(folder, baseline, '../answers.ndjson.gz'));
    const text = (await promisify(gunzip)(answers)).toString();
    expect(text).toContain('SELECT name FROM country');
    for (const written of [html, text]) expect(written).not.toContain(SECRET);
  });
});

describe('--check-results', () => {
  it('is refused with k6, in one sentence', async () => {
    const outcome = await bench('run', 'baseline', '--driver', 'k6', '--check-results');
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('--driver k6') });
  });
});
