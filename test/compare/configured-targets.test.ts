import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { configuredTargets } from '../../src/compare/configured-targets.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-targets-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const configured = async (targets: unknown) => {
  await writeFile(join(folder, 'bench.config.js'), `export default ${JSON.stringify({ targets })};`);
  return configuredTargets(folder);
};

it('a folder without targets of its own has none', async () => {
  expect(await configuredTargets(folder)).toEqual({ targets: undefined, notes: [] });
  expect(await configured(undefined)).toEqual({ targets: undefined, notes: [] });
});

it('targets are read as they stand, and nothing is said of them', async () => {
  const targets = [{ metric: 'replica-lag', bound: 20 }];
  expect(await configured(targets)).toEqual({ targets, notes: [] });
});

it('a direction that a metric has anyway is taken, and said to be of no use; another is refused', async () => {
  const lag = { metric: 'replica-lag', bound: 20 };
  const { targets, notes } = await configured([{ ...lag, direction: 'less' }]);
  expect(targets).toEqual([lag]);
  expect(notes).toEqual([expect.stringMatching(/"direction" can be left out of "targets"\.$/)]);
  await expect(configured([{ ...lag, bound: 21, direction: 'more' }])).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringContaining('can only ask replica-lag to be less'),
  });
});
