import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseOptions } from '../../src/plan/options.js';
import { readWork, workFromOptions } from '../../src/plan/work.js';
import { writePlan } from '../../src/record/index.js';
import type { Plan } from '../../src/record/pure.js';
import { capturedPair, pairOf } from '../score/fixture.js';

const workOf = (options: Record<string, unknown>) => workFromOptions(parseOptions(options, String));

const toPrimary = { target: 'primary' };
const own = { name: 'own', description: 'All to the primary.' };

it('takes a policy by its shipped name, or as an object', async () => {
  expect((await workOf({ policy: 'lsn' })).policy.name).toBe('lsn');
  const policy = { ...own, categories: { read: toPrimary, analytics: toPrimary, realtime: toPrimary } };
  expect((await workOf({ policy })).policy.name).toBe('own');
});

it('says in one sentence what is wrong in a policy', async () => {
  await expect(workOf({ policy: { ...own, categories: { analytics: toPrimary } } })).rejects.toThrow(
    /^The policy can't be used: .*categories\.read is missing\. Shipped policies: /,
  );
});

it.each(['nope', 'constructor', '__proto__'])(
  'refuses %s, which is no policy and no file',
  async (policy) => {
    await expect(workOf({ policy })).rejects.toMatchObject({
      code: 'POLICY_INVALID',
      message: expect.stringMatching(/there is no such file\. Shipped policies: balanced, .*JSON file\.$/),
    });
  },
);

const CHOICES = { driver: ['auto', 'k6'], cluster: ['embedded', 'external'], targets: {} };

/** A plan in a file of its own. */
async function planFile(plan: Plan): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'plan-')), 'plan.json');
  await writePlan(file, plan);
  return file;
}

it('takes a plan at another load or for longer, at a rate found for the load that the plan was for', async () => {
  const plan = await planFile(pairOf().baseline.plan);
  const { work } = await readWork({ plan, rate: 'auto' }, { choices: CHOICES });
  expect(work).toMatchObject({ rate: 'auto', utilisation: 0.9, plan: null, durationS: 60, scale: 1 });
  expect((await readWork({ plan }, { choices: CHOICES })).work).toMatchObject({ rate: 680 });
  const longer = await readWork({ plan, rate: '300', duration: '5m' }, { choices: CHOICES });
  expect(longer.work).toMatchObject({ rate: 300, warmupS: 10, durationS: 300, plan: null });
  const half = await readWork({ plan, utilisation: '50%', warmup: '30s' }, { choices: CHOICES });
  expect(half.work).toMatchObject({ rate: 'auto', utilisation: 0.5, warmupS: 30, durationS: 60, plan: null });
  await expect(readWork({ plan, rate: 'auto', seed: '2' }, { choices: CHOICES })).rejects.toThrow(
    '--plan already says what is run: leave --seed out.',
  );
});

it('keeps what a plan’s rate was found for where that rate is kept, and of a given one nothing', async () => {
  const stored = pairOf().baseline.plan;
  stored.load.targetUtilisation = 0.8;
  const plan = await planFile(stored);
  for (const longer of [{ duration: '5m' }, { warmup: '30s' }]) {
    const { work } = await readWork({ plan, ...longer }, { choices: CHOICES });
    expect(work).toMatchObject({ rate: 680, rateFoundFor: 0.8, plan: null });
  }
  for (const rate of ['680', 'auto', '300'])
    expect((await readWork({ plan, rate }, { choices: CHOICES })).work).not.toHaveProperty('rateFoundFor');
  stored.load.targetUtilisation = null;
  const given = await readWork({ plan: await planFile(stored), duration: '5m' }, { choices: CHOICES });
  expect(given.work).not.toHaveProperty('rateFoundFor');
});

it('leaves it to the executors of a scenario how long it runs, whatever else is asked for', async () => {
  const { plan } = pairOf().baseline;
  plan.workload.kind = 'application';
  Object.assign(plan.load, {
    executors: { ramp: 'ramping-vus' },
    ratePerSecond: null,
    targetUtilisation: null,
  });
  const { work } = await readWork({ plan: await planFile(plan), warmup: '30s' }, { choices: CHOICES });
  expect(work).toMatchObject({ warmupS: 30, durationS: undefined });
});

it('takes a captured plan faster, as much of its trace as before, and at no rate', async () => {
  const plan = await planFile(capturedPair().baseline.plan);
  const { work } = await readWork({ plan, speed: '4' }, { choices: CHOICES });
  expect(work).toMatchObject({ speed: 4, durationS: 15, plan: null, workload: 'traces/pgbench.trace' });
  for (const [name, value] of Object.entries({ rate: 'auto', utilisation: '50%', load: '50%' }))
    await expect(readWork({ plan, [name]: value }, { choices: CHOICES })).rejects.toThrow(
      `sets its own pace: leave --${name} out.`,
    );
});

it.each(['utilisation', 'load'])(
  'refuses --%s beside a rate, which nothing is searched for then',
  async (aim) => {
    const plan = await planFile(pairOf().baseline.plan);
    for (const flags of [
      { rate: '50', [aim]: '50%' },
      { plan, rate: '50', [aim]: '50%' },
    ])
      await expect(readWork(flags, { choices: CHOICES })).rejects.toMatchObject({
        code: 'OPTION_CONFLICT',
        message: `--${aim} is what the search for a rate aims at, and the rate is given (50): leave one of the two out.`,
      });
    const searched = await readWork({ rate: 'auto', [aim]: '50%' }, { choices: CHOICES });
    expect(searched.work).toMatchObject({ rate: 'auto', utilisation: 0.5 });
  },
);

it.each(['nodeCpus', 'replicas', 'analyticsReplica'])(
  'refuses --%s beside servers that others run, which it would change nothing of',
  async (name) => {
    const option = { [name]: name === 'analyticsReplica' || '1' };
    for (const others of [{ primary: 'postgres://anna@db1/shop' }, { cluster: 'external' }])
      await expect(readWork({ ...others, ...option }, { choices: CHOICES })).rejects.toMatchObject({
        code: 'OPTION_CONFLICT',
        message: expect.stringMatching(/^--[a-z-]+ is for servers that the bench starts: leave it out/),
      });
  },
);

it('searches for no rate of a scenario, and takes one that is given', async () => {
  const pair = pairOf();
  pair.baseline.plan.workload.kind = 'application';
  const plan = await planFile(pair.baseline.plan);
  await expect(readWork({ plan, rate: 'auto' }, { choices: CHOICES })).rejects.toThrow('No rate is searched');
  expect((await readWork({ plan, rate: '20' }, { choices: CHOICES })).work).toMatchObject({ rate: 20 });
});

describe('with a bench.config.ts', () => {
  afterEach(() => vi.restoreAllMocks());

  async function configured(config: Record<string, unknown>) {
    const folder = await mkdtemp(join(tmpdir(), 'config-'));
    await writeFile(join(folder, 'bench.config.json'), JSON.stringify(config));
    vi.spyOn(process, 'cwd').mockReturnValue(folder);
  }

  it('a flag stands over it, by whichever name of an option each of them has it', async () => {
    for (const [inConfig, asFlag] of [
      ['load', 'utilisation'],
      ['utilisation', 'load'],
      ['load', 'load'],
    ] as const) {
      await configured({ [inConfig]: 0.5 });
      const { work } = await readWork({ [asFlag]: '80%' }, { choices: CHOICES });
      expect(work.utilisation).toBe(0.8);
      expect((await readWork({}, { choices: CHOICES })).work.utilisation).toBe(0.5);
    }
  });

  it('a flag for the load stands over whatever else it says of the load', async () => {
    await configured({ rate: 50 });
    for (const name of ['load', 'utilisation']) {
      const { work } = await readWork({ [name]: '80%' }, { choices: CHOICES });
      expect(work).toMatchObject({ rate: 'auto', utilisation: 0.8 });
    }
    for (const name of ['load', 'utilisation']) {
      await configured({ [name]: 0.5 });
      expect((await readWork({ rate: '50' }, { choices: CHOICES })).work).toMatchObject({ rate: 50 });
      const { work } = await readWork({ rate: 'auto' }, { choices: CHOICES });
      expect(work).toMatchObject({ rate: 'auto', utilisation: 0.5 });
    }
  });

  it('a rate beside what one is searched for is refused in it, too', async () => {
    await configured({ rate: 50, utilisation: 0.5 });
    await expect(readWork({}, { choices: CHOICES })).rejects.toMatchObject({
      code: 'OPTION_CONFLICT',
      message: expect.stringMatching(
        /bench\.config\.json: "utilisation" is what .* is given \(50\): leave one/,
      ),
    });
  });

  it('what is wrong is named as it was written, in the config or as a flag', async () => {
    await configured({ load: 0.5 });
    for (const name of ['load', 'utilisation'])
      await expect(readWork({ [name]: '90' }, { choices: CHOICES })).rejects.toThrow(
        `--${name} must be from 0.1 to 0.95, or 10% to 95% (given: "90").`,
      );
    for (const name of ['load', 'utilisation']) {
      await configured({ [name]: 90 });
      await expect(readWork({}, { choices: CHOICES })).rejects.toThrow(
        new RegExp(`bench\\.config\\.json: "${name}" must be from`),
      );
    }
  });
});
