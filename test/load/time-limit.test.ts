import { expect, test } from 'vitest';
import { TimeLimit } from '../../src/load/player/time-limit.js';

const later = <T>(ms: number, value: T) => new Promise<T>((resolve) => setTimeout(resolve, ms, value));
const never = () => new Promise<never>(() => {});

test('gives up what is not settled in time, and nothing else', async () => {
  const limit = new TimeLimit(250);
  const startedMs = performance.now();
  const waits = [limit.of(never()), limit.of(later(20, 'answer')), limit.of(Promise.reject(new Error('no')))];
  const [slow, quick, refused] = await Promise.allSettled(waits);
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(250);
  expect(slow).toMatchObject({ status: 'rejected', reason: { code: 'timeout' } });
  expect(quick).toEqual({ status: 'fulfilled', value: 'answer' });
  expect(refused).toMatchObject({ status: 'rejected', reason: { message: 'no' } });
});

test('watches again after a while in which there was nothing to watch', async () => {
  const limit = new TimeLimit(50);
  await limit.of(later(1, undefined));
  await later(250, undefined);
  await expect(limit.of(never())).rejects.toMatchObject({ code: 'timeout' });
});
