import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { readMaskKey } from '../../../src/workload/mask/mask-key.js';

it('the key of a mask is that of its file, or else of the environment, and no short one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'splitbench-mask-key-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  onTestFinished(() => void vi.unstubAllEnvs());
  const fileOf = async (content: string) => {
    const file = join(folder, 'key');
    await writeFile(file, content);
    return file;
  };
  const refused = (words: string) => ({ code: 'OPTION_INVALID', message: expect.stringContaining(words) });
  vi.stubEnv('BENCH_MASK_KEY', undefined);
  await expect(readMaskKey(undefined)).rejects.toMatchObject(refused('--mask needs a key'));
  await expect(readMaskKey(await fileOf(''))).rejects.toMatchObject(refused('shorter than 16 characters'));
  await expect(readMaskKey(join(folder, 'none'))).rejects.toMatchObject(refused('Cannot read the key'));
  expect(await readMaskKey(await fileOf('sixteen letters!\n'))).toBe('sixteen letters!');
  vi.stubEnv('BENCH_MASK_KEY', 'of the environment');
  expect(await readMaskKey(undefined)).toBe('of the environment');
  expect(await readMaskKey(await fileOf('sixteen letters!\n'))).toBe('sixteen letters!');
});
