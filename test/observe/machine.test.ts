import { readFile } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import { epochMs } from '../../src/machine/clock.js';
import { machine } from '../../src/observe/machine.js';
import type { Scene } from '../../src/observe/observer.js';

vi.mock('node:fs/promises', async (original) => ({
  ...(await original<typeof import('node:fs/promises')>()),
  readFile: vi.fn(),
}));

/** As the kernel counts: user nice system idle iowait irq softirq steal. */
const kernelSays = (stolen: number, total: number) =>
  vi.mocked(readFile).mockResolvedValueOnce(`cpu  0 0 0 ${total - stolen} 0 0 0 ${stolen} 0 0\n`);

it.each([
  ['a quarter of it', 100, 200, 0.25],
  ['less than before', 100, 90, 0],
  ['more than there was', 100, 700, 1],
])('of the time that others took, the kernel said %s', async (_what, before, after, stealShare) => {
  kernelSays(before, 1000);
  kernelSays(after, 1400);
  const startMs = epochMs();
  const watching = await machine.start({ service: null } as Scene);
  await watching.stop();
  expect(watching.result({ startMs, endMs: epochMs() }).stealShare).toBe(stealShare);
});
