import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { configuredTargets } from '../../src/compare/configured-targets.js';

let folder: string;
let said: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-targets-'));
  said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  return rm(folder, { recursive: true, force: true });
});

const configured = async (targets: unknown) => {
  await writeFile(join(folder, 'bench.config.js'), `export default ${JSON.stringify({ targets })};`);
  return configuredTargets(folder);
};

it('a folder without targets of its own has none', async () => {
  expect(await configuredTargets(folder)).toBeUndefined();
  expect(await configured(undefined)).toBeUndefined();
});

it('targets are read as they stand, and nothing is said of them', async () => {
  const targets = [{ metric: 'replica-lag', bound: 20 }];
  expect(await configured(targets)).toEqual(targets);
  expect(said).toBe('');
});

it('a direction that a metric has anyway is taken, and said to be of no use; another is refused', async () => {
  const lag = { metric: 'replica-lag', bound: 20 };
  expect(await configured([{ ...lag, direction: 'less' }])).toEqual([lag]);
  expect(said).toMatch(/"direction" can be left out of "targets"\.\n$/);
  await expect(configured([{ ...lag, bound: 21, direction: 'more' }])).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringContaining('can only ask replica-lag to be less'),
  });
});
