import { expect, it } from 'vitest';
import { parseOptions } from '../../src/plan/options.js';
import { workFromOptions } from '../../src/plan/work.js';

const workOf = (options: Record<string, unknown>) => workFromOptions(parseOptions(options, String));

const toPrimary = { target: 'primary' };
const own = { name: 'own', description: 'All to the primary.' };

it('takes a policy by its shipped name, or as an object', async () => {
  expect((await workOf({ policy: 'lsn' })).policy.name).toBe('lsn');
  const policy = { ...own, categories: { read: toPrimary, analytics: toPrimary, realtime: toPrimary } };
  expect((await workOf({ policy })).policy.name).toBe('own');
});

it('says in one sentence what is wrong in a policy', async () => {
  await expect(workOf({ policy: { ...own, categories: { analytics: toPrimary } } })).rejects.toThrow(
    /^The policy can't be used: .*categories\.read is missing\. Shipped policies: /,
  );
});

it.each(['nope', 'constructor', '__proto__'])(
  'refuses %s, which is no policy and no file',
  async (policy) => {
    await expect(workOf({ policy })).rejects.toMatchObject({
      code: 'POLICY_INVALID',
      message: expect.stringMatching(/there is no such file\. Shipped policies: balanced, .*JSON file\.$/),
    });
  },
);
