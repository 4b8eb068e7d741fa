import { expect, test, vi } from 'vitest';
import { type Silence, watchForSilence } from '../../src/machine/silence.js';
import { startWorker } from '../../src/machine/worker.js';

vi.mock('../../src/machine/silence.js', { spy: true });

const signal = new AbortController().signal;

test('a worker with nothing to say is alive; one that is stopped is given up, and its end says so', async () => {
  const worker = startWorker<never>('load/probe/main', { signal });
  const silence: Silence = vi.mocked(watchForSilence).mock.results[0]!.value;
  const heard = vi.spyOn(silence, 'heard');
  const said = worker.receive();
  await vi.waitFor(() => expect(heard.mock.calls.length).toBeGreaterThan(2), { timeout: 20_000 });
  expect(worker.hasEnded).toBe(false);
  process.kill(worker.process.pid!, 'SIGSTOP');
  silence.limitS = 2;
  const { signal: killedBy, words } = await worker.lost;
  expect([killedBy, words]).toEqual(['SIGKILL', 'it stood still and was given up']);
  expect(await said).toBeNull();
});
