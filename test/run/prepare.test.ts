import { expect, it } from 'vitest';
import { workFromPlan } from '../../src/plan/work.js';
import { prepare } from '../../src/run/prepare.js';
import { pairOf } from '../score/fixture.js';

it('a plan of another machine is refused, naming what differs', async () => {
  const { plan } = pairOf().baseline;
  plan.machine.cpuModel = 'Abacus 9000';
  const context = {
    id: 'test',
    signal: new AbortController().signal,
    onProgress: () => {},
    onWarning: () => {},
  };
  await expect(prepare(await workFromPlan(plan), context)).rejects.toMatchObject({
    code: 'PLAN_UNMET',
    exitCode: 2,
    message: expect.stringContaining('processor: Abacus 9000 and '),
  });
});
