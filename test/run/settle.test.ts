import { expect, it } from 'vitest';
import type { Prepared } from '../../src/run/prepare.js';
import { settle } from '../../src/run/settle.js';

it('a disk that is full as the trace is written is one sentence and exit code 4', async () => {
  const trace = () =>
    Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
  const prepared = { spec: {}, work: { rate: 60, warmupS: 0, durationS: 2 }, trace } as unknown as Prepared;
  const { signal } = new AbortController();
  const context = { id: 'test', signal, onProgress: () => {}, onWarning: () => {} };
  await expect(settle(prepared, context)).rejects.toMatchObject({
    code: 'DISK_FULL',
    exitCode: 4,
    message: expect.stringMatching(/disk .*full/i),
  });
});
