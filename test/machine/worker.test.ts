import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { startWorker } from '../../src/machine/worker.js';

vi.mock('../../src/machine/silence.js', async (original) => ({
  ...(await original<object>()),
  SILENCE_S: 4,
}));

const signal = new AbortController().signal;

test('a worker with nothing to say is alive; one that is stopped is given up, and its end says so', async () => {
  const worker = startWorker<never>('load/probe/main', { signal });
  const said = worker.receive();
  await sleep(5500);
  expect(worker.hasEnded).toBe(false);
  process.kill(worker.process.pid!, 'SIGSTOP');
  const { signal: killedBy, words } = await worker.lost;
  expect([killedBy, words]).toEqual(['SIGKILL', 'it stood still and was given up']);
  expect(await said).toBeNull();
});
