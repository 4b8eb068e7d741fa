import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseOptions, workFromOptions, workFromPlan } from '../../src/plan/index.js';
import type { Work } from '../../src/run/workload.js';
import { openWork } from '../../src/run/workloads.js';
import {
  type HttpEvent,
  readTrace,
  summarizeTrace,
  type TraceEvent,
  writeTrace,
} from '../../src/workload/index.js';
import { runOf, smartmenuModel } from '../score/fixture.js';

let folder: string;
let trace: string;
const open = async (options: Record<string, unknown>) =>
  openWork(await workFromOptions(parseOptions(options, String)));

/** One statement in each of ten seconds, in two sessions that overlap. */
function* events(): Generator<TraceEvent> {
  for (let second = 0; second < 10; second++) {
    yield {
      dueUs: second * 1e6,
      session: second % 2,
      category: 'read',
      priority: 'medium',
      sql: { text: 'SELECT 1' },
    };
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-workloads-'));
  trace = join(folder, 'shop.trace');
  const header = { schema: 'splitbench.trace/1', kind: 'sql', workload: 'shop', meta: {} } as const;
  await writeTrace(trace, header, events());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('SmartMenu', () => {
  it('chooses what was left to it', async () => {
    expect(await open({})).toMatchObject({
      kind: 'smartmenu',
      traceKind: 'http',
      source: { seed: 1, scale: 1, traceFile: null },
      rate: 'auto',
      speed: 1,
      warmupS: 10,
      durationS: 60,
      dataset: { kind: 'made', key: { seed: 1, scale: 1 } },
    });
    expect(await open({ seed: 3, rate: 200, duration: '5s' })).toMatchObject({
      source: { seed: 3 },
      rate: 200,
      durationS: 5,
    });
  });

  it('has traffic of another seed than its data where a plan says so', async () => {
    const spec = await workFromPlan(runOf(smartmenuModel, 'baseline').plan, { trafficSeed: 7 });
    const work = await openWork(spec);
    expect(work).toMatchObject({ source: { seed: 1, trafficSeed: 7 }, dataset: { key: { seed: 1 } } });
    const shaOf = async ({ trace }: Pick<Work, 'trace'>) =>
      (await summarizeTrace((await trace({ folder, ratePerSecond: 50, seconds: 2 })).file)).sha256;
    const own = await shaOf(work);
    expect(await shaOf(await open({ seed: 7 }))).toBe(own);
    expect(await shaOf(await open({ seed: 1 }))).not.toBe(own);
  });

  it('brings the statement of every operation in its trace along', async () => {
    const { trace, operations } = await open({});
    const { file } = await trace({ folder, ratePerSecond: 100, seconds: 5 });
    for await (const event of (await readTrace(file)).events as AsyncGenerator<HttpEvent>) {
      expect(operations?.get(event.operation)).toMatch(/select|insert|update/i);
    }
  });

  it('refuses what belongs to a captured trace', async () => {
    const options = {
      ...{ snapshot: 'x.dump', database: 'shop', speed: 2, skipIdle: '5s', readOnly: true },
      pooled: 4,
    };
    for (const [name, value] of Object.entries(options)) {
      const flag = `--${name.replace(/[A-Z]/, (c) => `-${c.toLowerCase()}`)}`;
      await expect(open({ [name]: value })).rejects.toThrow(`${flag} belongs to a captured trace`);
    }
  });
});

describe('a captured trace', () => {
  it('is played whole, at its own pace', async () => {
    const work = await open({ workload: trace, snapshot: 'shop.dump' });
    expect(work).toMatchObject({
      kind: 'captured',
      traceKind: 'sql',
      source: { seed: null, scale: null, traceFile: trace },
      rate: null,
      speed: 1,
      warmupS: 0,
      durationS: 10,
      dataset: { kind: 'snapshot', path: join(process.cwd(), 'shop.dump') },
    });
    expect(await work.trace({ folder, ratePerSecond: null, seconds: 10 })).toMatchObject({ file: trace });
  });

  it('is cut where less is to be played, and lasts as long as its speed leaves of it', async () => {
    const work = await open({ workload: trace, snapshot: 'shop.dump', speed: 2, warmup: '1s' });
    expect(work).toMatchObject({ speed: 2, warmupS: 1, durationS: 4 });
    const { file } = await work.trace({ folder, ratePerSecond: null, seconds: 3 });
    expect(await summarizeTrace(file)).toMatchObject({ events: 6 });
  });

  it('is shorter without its pauses, and keeps its shape in the plan', async () => {
    const work = await open({ workload: trace, snapshot: 'shop.dump', skipIdle: '500ms', readOnly: true });
    expect(work).toMatchObject({ durationS: 5, shape: { skipIdleS: 0.5, readOnly: true } });
    const { file } = await work.trace({ folder, ratePerSecond: null, seconds: 5 });
    expect(await summarizeTrace(file)).toMatchObject({ events: 10, durationUs: 4.5e6 });
  });

  it('is for its owner alone, and so is what is played of it', async () => {
    const cut = await open({ workload: trace, snapshot: 'shop.dump' });
    const shaped = await open({ workload: trace, snapshot: 'shop.dump', skipIdle: '500ms' });
    const played = [cut, shaped].map((work) => work.trace({ folder, ratePerSecond: null, seconds: 3 }));
    for (const { file } of await Promise.all(played)) {
      expect(file).not.toBe(trace);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
    expect((await stat(trace)).mode & 0o777).toBe(0o600);
  });

  it('has a pool of so many connections as are asked for, or one for each session', async () => {
    expect(await open({ workload: trace, snapshot: 'x', pooled: 4 })).toMatchObject({
      pooled: 4,
      poolSize: 4,
    });
    expect((await open({ workload: trace, snapshot: 'x' })).pooled).toBeUndefined();
    await expect(open({ workload: trace, snapshot: 'x', pooled: 0 })).rejects.toThrow(
      'pooled must be from 1',
    );
  });

  it('is refused where it would play for longer than a run may, with what to do', async () => {
    const long = join(folder, 'long.trace');
    const header = { schema: 'splitbench.trace/1', kind: 'sql', workload: 'shop', meta: {} } as const;
    const [first, second] = [...events()];
    const yearsUs = 72 * 365.25 * 86_400e6;
    await writeTrace(long, header, [first!, second!, { ...second!, dueUs: yearsUs }]);
    const options = { workload: long, snapshot: 'x' };
    await expect(open(options)).rejects.toMatchObject({ code: 'TRACE_TOO_LONG', exitCode: 2 });
    await expect(open(options)).rejects.toThrow(
      `${long} would play for 72 years, and a run lasts 24 h at most: its longest pause lasts 72 years, before line 4.`,
    );
    await expect(open({ ...options, speed: 1000 })).rejects.toThrow('would play for 26 days');
    expect(await open({ ...options, duration: '5s' })).toMatchObject({ durationS: 5 });
    expect(await open({ ...options, skipIdle: '2s' })).toMatchObject({ durationS: 4 });
  });

  it('is played on its snapshot, or else on what the servers have already; it has no rate', async () => {
    expect(await open({ workload: trace })).toMatchObject({ dataset: { kind: 'present', readOnly: false } });
    expect(await open({ workload: trace, readOnly: true })).toMatchObject({ dataset: { readOnly: true } });
    await expect(open({ workload: trace, snapshot: 'x', rate: 5 })).rejects.toThrow('has its own pace');
    await expect(open({ workload: 'nowhere' })).rejects.toMatchObject({ code: 'TRACE_UNREADABLE' });
  });
});

it('work from a plan is the work that the plan was made from', async () => {
  const { plan } = runOf(smartmenuModel, 'baseline');
  const { workload, load, topology } = plan;
  const spec = await workFromPlan(plan);
  expect(spec).toMatchObject({ driver: load.driver, policy: plan.policy, checkResults: false, plan });
  expect(spec.topology).toEqual(topology);
  expect(await openWork(spec)).toMatchObject({
    kind: workload.kind,
    source: { seed: workload.seed, scale: workload.scale, traceFile: null },
    rate: load.ratePerSecond,
    warmupS: load.warmupS,
    durationS: load.durationS,
  });
  const other = await workFromPlan(plan, { policy: 'lsn', checkResults: true });
  expect(other).toMatchObject({ ...spec, policy: { name: 'lsn' }, checkResults: true });
});
