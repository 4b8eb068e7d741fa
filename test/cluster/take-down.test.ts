import { expect, it } from 'vitest';
import { takeDownOnce } from '../../src/cluster/take-down.js';

function counted(signal: AbortSignal) {
  const ended = { times: 0 };
  const end = takeDownOnce(signal, async () => void ended.times++);
  return { ended, end };
}

it('ends once, whoever asks', async () => {
  const { ended, end } = counted(new AbortController().signal);
  await Promise.all([end(), end()]);
  await end();
  expect(ended.times).toBe(1);
});

it('ends by an abort as well, from when that is asked for', async () => {
  const run = new AbortController();
  const early = counted(run.signal);
  const late = counted(run.signal);
  early.end.alsoOnAbort();
  run.abort();
  expect([early.ended.times, late.ended.times]).toEqual([1, 0]);
  // The abort was before.
  late.end.alsoOnAbort();
  await Promise.all([early.end(), late.end()]);
  expect([early.ended.times, late.ended.times]).toEqual([1, 1]);
});
