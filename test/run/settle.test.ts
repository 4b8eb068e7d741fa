import { expect, it } from 'vitest';
import type { Prepared } from '../../src/run/prepare.js';
import { settle } from '../../src/run/settle.js';
import { pairOf } from '../score/fixture.js';

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

it('a rate that a plan was found for keeps its aim in the plan that is made with it, and a given one has none', async () => {
  const { workload, load, topology, policy } = pairOf().baseline.plan;
  const { traceSha256: sha256, events, sessions, eventsByCategory } = workload;
  const summary = { header: { workload: workload.name }, ...{ sha256, events, sessions, eventsByCategory } };
  const prepared = (spec: object) =>
    ({
      spec: { ...spec, policy, plan: null },
      work: { ...load, rate: load.ratePerSecond, kind: 'smartmenu', source: {}, dataset: { kind: 'made' } },
      ...{
        topology,
        driver: { name: 'k6', version: '2.2.0' },
        trace: async () => ({ file: 'trace', summary }),
      },
    }) as unknown as Prepared;
  const { signal } = new AbortController();
  const context = { id: 'test', signal, onProgress: () => {}, onWarning: () => {} };
  const aimOf = async (spec: object) => (await settle(prepared(spec), context)).plan.load.targetUtilisation;
  expect(await aimOf({ rateFoundFor: 0.8 })).toBe(0.8);
  expect(await aimOf({})).toBeNull();
});
