import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectCpuMethod } from '../../src/cluster/budget/methods.js';
import { hashPlan } from '../../src/record/plan-file.js';
import type { RunRecord } from '../../src/record/run.js';
import type { Scorecard } from '../../src/score/scorecard.js';
import { flawsOf } from '../schema/flaws.js';
import { recordOfRun, runBench } from './bench.js';

/** The three commands with a short plan, as a user types them, and their numbers against each other. */

let folder: string;
const bench = (...args: string[]) => runBench(folder, args);

beforeAll(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-e2e-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Where no CPU budget can be set there is no control. */
const canControl = (await detectCpuMethod()).method !== 'none' && os.availableParallelism() >= 2;

const SHORT = ['--scale', '0.05', '--rate', '120', '--duration', '6s', '--warmup', '1s'];

describe('baseline, split, compare', () => {
  let baseline: RunRecord;
  let split: RunRecord;

  it('run and write their records', async () => {
    const first = await bench('run', 'baseline', ...SHORT, '--json');
    expect(first, first.stderr).toMatchObject({ code: 0 });
    const second = await bench('run', 'split', '--json');
    expect(second, second.stderr).toMatchObject({ code: 0 });
    expect(second.stderr).toMatch(
      /^measuring · [\d.]+\/s, primary CPU [\d.]+ %, lag [\d.]+ ms · about \d+ s left$/m,
    );
    baseline = JSON.parse(await readFile(join(folder, JSON.parse(first.stdout).file), 'utf8'));
    split = JSON.parse(await readFile(join(folder, JSON.parse(second.stdout).file), 'utf8'));
    expect(baseline).toMatchObject({ schema: 'splitbench.run/5', side: 'baseline' });
    expect(split).toMatchObject({
      schema: 'splitbench.run/5',
      side: 'split',
      planHash: baseline.planHash,
    });
    for (const record of [baseline, split]) expect(flawsOf(record, 'run')).toEqual([]);
  }, 180_000);

  it('account for every event', () => {
    for (const { accounting, plan } of [baseline, split]) {
      expect(accounting.captured).toBe(plan.workload.events);
      expect(accounting.ok + accounting.failed + accounting.skipped + accounting.notSent).toBe(
        accounting.captured,
      );
      expect(accounting.ok).toBeGreaterThan(0.98 * accounting.captured);
    }
  });

  it('count as many reads on the servers as were answered', () => {
    for (const record of [baseline, split]) {
      const { read, analytics, realtime } = record.accounting.byCategory;
      const onServers = record.volume.reduce((sum, node) => sum + node.wholeCalls.read, 0);
      expect(onServers).toBe(read.ok + analytics.ok + realtime.ok);
      const routed = record.router.requests
        .filter((r) => r.category !== 'write')
        .reduce((sum, r) => sum + r.ok, 0);
      expect(routed).toBe(onServers);
    }
  });

  it('keep the primary-only reads on the primary and move many of them in the split', () => {
    expect(baseline.volume.map((v) => v.node)).toEqual(['primary']);
    const [primary, replica] = split.volume;
    expect(replica!.wholeCalls.read).toBeGreaterThan(
      0.3 * (primary!.wholeCalls.read + replica!.wholeCalls.read),
    );
    expect(replica!.wholeCalls.write).toBe(0);
  });

  it('are scored in compare.json and shown in compare.html, with the exit code of the verdicts', async () => {
    const outcome = await bench('compare', '--out', 'report');
    expect([0, 1, 3], outcome.stderr).toContain(outcome.code);
    const card: Scorecard = JSON.parse(await readFile(join(folder, 'report/compare.json'), 'utf8'));
    expect(card.schema).toBe('splitbench.compare/6');
    expect(flawsOf(card, 'compare')).toEqual([]);
    expect(card.scorecard.map((row) => row.id)).toEqual([
      'primary-read-volume',
      'primary-cpu',
      'analytics-speedup',
      'replica-lag',
      'pool-utilisation',
    ]);
    const calls = (record: RunRecord) => record.volume[0]!.reads.calls / record.load.window.accounting.ok;
    const expected = (1 - calls(split) / calls(baseline)) * 100;
    expect(card.scorecard[0]!.value).toBeCloseTo(expected, 6);
    const html = await readFile(join(folder, 'report/compare.html'), 'utf8');
    expect(html).not.toMatch(/<(script|link|img)[^>]+(src|href)="https?:/);
    const verdicts = card.scorecard.map((row) => row.verdict);
    const proven = card.valid && !verdicts.includes('inconclusive') && verdicts.includes('met');
    expect(outcome.code).toBe(card.valid && verdicts.includes('missed') ? 1 : proven ? 0 : 3);
  }, 60_000);

  it('are refused when their plans differ, naming in what', async () => {
    const other = structuredClone(split);
    other.plan.workload.seed = 2;
    other.planHash = hashPlan(other.plan);
    await writeFile(join(folder, 'other.json'), JSON.stringify(other));
    const outcome = await bench('compare', join('reports', baseline.id), 'other.json', '--out', 'refused');
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(/seed/);
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });

  it('are refused when a plan was changed after its run', async () => {
    const tampered = structuredClone(baseline);
    tampered.plan.load.ratePerSecond = 999;
    await writeFile(join(folder, 'tampered.json'), JSON.stringify(tampered));
    const outcome = await bench('compare', 'tampered.json');
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(/the plan was changed/);
  });

  it.skipIf(!canControl)(
    'have a control, which follows the baseline’s plan on one primary with both budgets, and stands in the report',
    async () => {
      const control = await recordOfRun(folder, 'control');
      expect(control).toMatchObject({ side: 'control', planHash: baseline.planHash, lag: null });
      expect(control.nodes.map(({ name }) => name)).toEqual(['primary']);
      expect(control.nodes[0]!.budget.cpus).toBe(2 * baseline.nodes[0]!.budget.cpus!);
      const { reads, readCallsByBlock } = control.volume[0]!;
      expect(reads.calls).toBeGreaterThan(0);
      expect(readCallsByBlock).toHaveLength(control.load.window.blocks.length);
      expect(readCallsByBlock.reduce((sum, calls) => sum + calls, 0)).toBe(reads.calls);

      const compared = await bench('compare', '--out', 'controlled');
      expect([0, 1, 3], compared.stderr).toContain(compared.code);
      const read = (file: string) => readFile(join(folder, file), 'utf8');
      const card: Scorecard = JSON.parse(await read('controlled/compare.json'));
      expect(card.control).toMatchObject({ runs: [control.id] });
      const cpu = card.scorecard.find((row) => row.id === 'primary-cpu')!;
      expect(cpu.control).toBeCloseTo(control.nodes[0]!.utilisation! * 200, 9);
      expect(await read('controlled/compare.html')).toContain('>Control</th>');

      // A newer one of another plan is no control of this baseline.
      const other = await recordOfRun(folder, 'control', ...SHORT, '--rate', '70', '--duration', '1s');
      const again = await bench('compare', '--out', 'again');
      expect(again.stderr).toBe('');
      expect(JSON.parse(await read('again/compare.json')).control.runs).toEqual([control.id]);
      const named = await bench('compare', '--control', join('reports', other.id), '--out', 'refused');
      expect(named).toMatchObject({ code: 2, stderr: expect.stringMatching(/rate/) });
    },
    120_000,
  );
});

it('a split that follows no baseline says so before it begins, and how it can be compared', async () => {
  const split = async (...args: string[]) =>
    (await runBench(folder, ['run', 'split', ...args], { BENCH_PG_BIN: 'nowhere' })).stderr;
  const compared = /^note: To compare this split, .*bench\.js run baseline --plan (.*)\/<time>-split$/m;
  const first = await split('--out', 'empty');
  expect(first).toMatch(
    /^note: There is no baseline in empty to follow, .*bench\.js run baseline" comes first/m,
  );
  expect(compared.exec(first)?.[1]).toBe('empty');
  const apart = await split('--rate', '20');
  expect(apart).toMatch(/^note: Options say what to run, /m);
  expect(compared.exec(apart)?.[1]).toBe('reports');
});

describe('bad input is one sentence and exit code 2', () => {
  it.each([
    ['an unknown option', ['run', 'baseline', '--colour', 'blue']],
    ['an unknown command', ['measure']],
    ['a rate of 0', ['run', 'baseline', '--rate', '0']],
    ['an unknown policy', ['run', 'split', '--policy', 'nowhere', ...SHORT]],
    ['a missing trace', ['run', 'baseline', '--workload', 'nothing.ndjson']],
    ['a missing run', ['compare', 'nothing.json']],
    ['a missing log', ['import', 'nothing.csv', '-o', 'trace.ndjson']],
  ])('%s', async (_what, args) => {
    const outcome = await bench(...args);
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    // Other tests keep the machine busy, and that is noted before a trace is opened.
    const sentences = outcome.stderr
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('note: Other programs'));
    expect(sentences).toEqual([expect.stringMatching(/^bench: .*[.?] \[[A-Z0-9_]+\]$/)]);
  });

  it('no command, with those there are', async () => {
    const outcome = await bench('run');
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toMatch(
      /^Usage: .*bench\.js run (.*\n)*bench: No command was named: .* \[USAGE\]\n$/,
    );
  });

  it('a trace of another version, and a trace with no snapshot', async () => {
    await writeFile(join(folder, 'old.ndjson'), '{"schema":"splitbench.trace/0","kind":"sql"}\n');
    const old = await bench('run', 'baseline', '--workload', 'old.ndjson', '--snapshot', '.');
    expect(old).toMatchObject({ code: 2, stderr: expect.stringContaining('splitbench.trace/0') });
  });

  it('with its code, where JSON is asked for', async () => {
    const missing = await bench('compare', 'nothing.json', '--json');
    expect(JSON.parse(missing.stdout)).toEqual({
      error: {
        code: 'RUN_UNREADABLE',
        message: expect.stringContaining('nothing.json: there is no such file'),
      },
    });
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing.json') });
    const usage = await bench('compare', '--colour', '--json');
    expect(JSON.parse(usage.stdout)).toEqual({
      error: { code: 'USAGE', message: "Unknown option '--colour': --help lists what there is." },
    });
  });

  it('a folder of runs, of which one has to be named', async () => {
    const outcome = await bench('compare', 'reports');
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('such as reports/') });
  });

  it('a run.json that is not one', async () => {
    await writeFile(join(folder, 'not-a-run.json'), '{"hello": "world"}');
    const outcome = await bench('compare', 'not-a-run.json');
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('holds no run record') });
  });
});
