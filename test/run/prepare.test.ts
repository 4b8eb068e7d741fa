import { expect, it } from 'vitest';
import { parseOptions } from '../../src/plan/options.js';
import { prepare } from '../../src/run/prepare.js';
import { pairOf } from '../score/fixture.js';

it('a plan of another machine is refused, naming what differs', async () => {
  const { plan } = pairOf().baseline;
  plan.machine.cpuModel = 'Abacus 9000';
  const request = {
    id: 'test',
    options: parseOptions({}, String),
    plan,
    policy: undefined,
    signal: new AbortController().signal,
    onProgress: () => {},
  };
  await expect(prepare(request)).rejects.toMatchObject({
    code: 'PLAN_UNMET',
    exitCode: 2,
    message: expect.stringContaining('processor: Abacus 9000 and '),
  });
});
