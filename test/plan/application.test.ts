import { describe, expect, it } from 'vitest';
import { parseOptions, workFromOptions } from '../../src/plan/index.js';

const work = async (options: Record<string, unknown>) =>
  workFromOptions(parseOptions(options, (option) => `--${option}`));

const TARGET = 'baseline=http://127.0.0.1:3000/,split=https://shop.example:8443/app';

describe('an application of the user’s own', () => {
  it('is named by its scenario and where it answers for each side', async () => {
    expect(await work({ scenario: 'browse.ts', target: TARGET, primary: 'postgres://db' })).toMatchObject({
      application: {
        scenario: 'browse.ts',
        targets: { baseline: 'http://127.0.0.1:3000', split: 'https://shop.example:8443/app' },
      },
      topology: { kind: 'external', reset: 'none' },
      policy: { description: 'The application routes its statements itself.' },
    });
    const { application } = await work({ scenario: 'browse.ts', target: { split: 'http://localhost:1' } });
    expect(application?.targets).toEqual({ split: 'http://localhost:1' });
  });

  it.each([
    [{ target: TARGET }, '--target names an application, and nothing drives it'],
    [{ scenario: 'browse.ts' }, 'say where it answers, with --target'],
    [{ scenario: 'browse.ts', target: TARGET, workload: 'smartmenu' }, 'leave --workload out'],
    [
      { scenario: 'browse.ts', target: TARGET, policy: 'balanced' },
      '--policy steers the router of the bench',
    ],
  ])('is refused with half of it, or with what another workload has: %o', async (options, words) => {
    await expect(work(options)).rejects.toMatchObject({
      code: 'OPTION_CONFLICT',
      message: expect.stringContaining(words),
    });
  });

  it.each(['http://127.0.0.1:3000', 'control=http://a', 'split=postgres://a', 'split=http://me:secret@a'])(
    'is refused at %s, which is not shown',
    async (target) => {
      const error = await work({ scenario: 'browse.ts', target }).catch((thrown: Error) => thrown);
      expect(error).toMatchObject({ code: 'OPTION_INVALID' });
      expect((error as Error).message).toMatch(/^--target must be baseline=URL,split=URL .*\.$/);
      expect((error as Error).message).not.toContain('secret');
    },
  );
});
