import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/main.js';
import { CLUSTERS, clusterProvider } from '../../src/cluster/clusters.js';
import { addressOf, nameOf, urlOf } from '../../src/cluster/external/address.js';
import { measureAgain } from '../../src/compare/again.js';
import { BenchError } from '../../src/machine/errors.js';
import type { WorkSpec } from '../../src/plan/work.js';
import { followCommand, resumeCommand, writePlan } from '../../src/record/index.js';
import { type Plan, type StoredRun, type StoredTrials, WORKLOAD_KINDS } from '../../src/record/pure.js';
import { openWork } from '../../src/run/workloads.js';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import { TRACE_SCHEMA } from '../../src/workload/trace.js';
import { writeTrace } from '../../src/workload/trace-file.js';
import { capturedPair, pairOf, smartmenuModel } from '../score/fixture.js';

/** What a command would have begun to measure. */
interface Begun {
  work?: WorkSpec;
  allowWritesTo?: string | undefined;
  sides: ('baseline' | 'split' | 'control')[];
}

/** And the plan of trials that are there. */
const begun = vi.hoisted(() => ({ it: null as unknown, plan: null as unknown }));

vi.mock('../../src/run/index.js', async (original) => {
  const done = (what: unknown) => {
    begun.it = what;
    throw new BenchError('INTERRUPTED', 'It would measure now.', { exitCode: 130 });
  };
  return {
    ...(await original<object>()),
    otherProgramsNow: async () => null,
    startTrials: async ({ work, aa, control }: { work: WorkSpec; aa: boolean; control: boolean }) =>
      done({ work, sides: aa ? ['baseline'] : ['baseline', 'split', ...(control ? ['control'] : [])] }),
    runBench: async ({ work, side }: { work: WorkSpec; side: string }) => done({ work, sides: [side] }),
    resumeTrials: async (folder: string) => ({ folder, trials: { planHash: '', plan: begun.plan } }),
    runTrials: async (_: StoredTrials, { allowWritesTo }: { allowWritesTo?: string }) =>
      done({ allowWritesTo, sides: [] }),
  };
});

let folder: string;
let said: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-printed-'));
  const event = {
    session: 1,
    category: 'write',
    priority: 'high',
    sql: { text: 'update t set a = 1' },
  } as const;
  await writeTrace(
    join(folder, 'shop.trace'),
    { schema: TRACE_SCHEMA, kind: 'sql', workload: 'shop', meta: { database: 'shop' } },
    [0, 60e6].map((dueUs) => ({ dueUs, ...event })),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => {
  said = '';
  begun.it = null;
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

const URLS = [
  'postgres://bench@db1:5432/shop?sslmode=prefer',
  'postgres://bench@db2:5433/shop?sslmode=prefer',
];

/** A pair of a kind of work on a kind of servers. */
function pairAt(kind: (typeof WORKLOAD_KINDS)[number], cluster: string): Pair {
  const pair = kind === 'captured' ? capturedPair() : pairOf({ ...smartmenuModel, durationS: 60 });
  for (const { plan } of [pair.baseline, pair.split]) {
    plan.topology.kind = cluster;
    if (kind === 'captured') plan.workload.traceFile = join(folder, 'shop.trace');
    if (kind === 'application') {
      const targets = { baseline: 'http://127.0.0.1:1', split: 'http://127.0.0.1:2' };
      Object.assign(plan.workload, {
        kind,
        seed: null,
        scale: null,
        application: { scenario: 'shop.js', targets },
      });
      Object.assign(plan.load, { ratePerSecond: 20, targetUtilisation: null });
      plan.policy.name = 'of the application';
    }
    if (cluster !== 'external') continue;
    Object.assign(plan.topology, { cpuMethod: 'none', reset: kind === 'smartmenu' ? 'template' : 'none' });
    for (const [index, node] of plan.topology.nodes.entries())
      Object.assign(node, { cpus: null, server: { url: URLS[index] } });
    if (kind === 'captured') plan.workload.snapshot = null;
  }
  return pair;
}

/** What may be wrong with runs, so that something else is to be measured. */
const BENT: ((pair: Pair) => void)[] = [
  () => {},
  ({ split }) => Object.assign(split.machine, { stealShare: 0.5 }),
  ({ baseline }) => Object.assign(baseline.nodes[0]!, { utilisation: 0.99 }),
  ({ baseline }) => Object.assign(baseline.nodes[0]!, { utilisation: 0.1 }),
  ({ split }) => Object.assign(split.processes, { generatorCores: 0.95 }),
  ({ split }) => Object.assign(split.lag!, { unseen: 100 }),
  ({ split }) => Object.assign(split.lag!.commitToVisible, { count: 26 }),
];

/** Every command that stands by itself in a scorecard. */
function commandsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) =>
    name === 'command' && typeof each === 'string' ? [each] : commandsIn(each),
  );
}

async function begunBy(command: string): Promise<Begun> {
  const [bench, ...words] = command.split(' ');
  expect(bench).toBe('bench');
  said = '';
  begun.it = null;
  await run(['node', 'bench', ...words]);
  expect(begun.it, `${command}: ${said}`).not.toBeNull();
  return begun.it as Begun;
}

const CASES = WORKLOAD_KINDS.flatMap((kind) =>
  CLUSTERS.map((cluster) => ({ kind, cluster: cluster.kind })),
).filter(({ kind, cluster }) => kind !== 'application' || cluster === 'external');

describe.each(CASES)('of $kind work on $cluster servers, a printed command', ({ kind, cluster }) => {
  const allowed = kind === 'captured' && cluster === 'external' ? 'db1/shop' : undefined;

  async function requireRunnable(command: string, plan: Plan) {
    const { work, sides, ...resumed } = await begunBy(command);
    const allowWritesTo = work ? work.allowWritesTo : resumed.allowWritesTo;
    expect(allowWritesTo, command).toBe(allowed);
    for (const side of sides) clusterProvider(cluster).nodesOf(plan.topology, side);
    // That of a scenario asks k6.
    if (work && kind !== 'application') expect(await openWork(work)).toMatchObject({ kind });
  }

  it('can be run as it is', async () => {
    const file = join(folder, `${kind}-${cluster}.json`);
    const { plan } = pairAt(kind, cluster).split;
    await writePlan(file, plan);
    begun.plan = plan;
    const again = measureAgain({ file, record: { plan } } as StoredRun, null);
    const scored = BENT.flatMap((bend) => {
      const pair = pairAt(kind, cluster);
      bend(pair);
      return commandsIn(score([pair], { again }));
    });
    expect(scored.length).toBeGreaterThan(0);
    const sides = ['run baseline', 'run split', 'trials'] as const;
    const followed = sides.map((command) => followCommand(command, { file, plan }));
    const resumed = resumeCommand({ folder, trials: { plan } });
    for (const command of new Set([...scored, ...followed, resumed])) await requireRunnable(command, plan);
  });
});

it('of a trace that only reads, or on a database of the bench’s own, a printed command allows nothing', () => {
  const { plan } = pairAt('captured', 'external').split;
  const command = () => followCommand('trials', { file: 'plan.json', plan });
  plan.load.shape = { readOnly: true };
  expect(command()).toBe('bench trials --plan plan.json');
  plan.load.shape = { skipIdleS: 5 };
  expect(command()).toContain(' --allow-writes-to db1/shop');
  plan.topology.reset = 'template';
  expect(command()).toBe('bench trials --plan plan.json');
});

it.each([
  'postgres://a@db1/shop',
  'postgres://a@db1:6000/shop',
  'postgres://a@[::1]:6000/my%20shop',
  'postgres://a@localhost/shop?host=/run/postgresql',
])('the database of %s is named in it as it has to be', (url) => {
  const { plan } = pairAt('captured', 'external').split;
  const address = addressOf(url);
  plan.topology.nodes[0]!.server = { url: urlOf(address) };
  const name = nameOf(address);
  expect(followCommand('trials', { file: 'plan.json', plan })).toBe(
    `bench trials --plan plan.json --allow-writes-to ${/[ [\]]/.test(name) ? `'${name}'` : name}`,
  );
});
