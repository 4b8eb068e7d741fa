import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveK6 } from '../../src/load/index.js';
import { parseOptions, workFromOptions } from '../../src/plan/index.js';
import { openWork } from '../../src/run/workloads.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-application-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const OWN =
  "export const options = { scenarios: { guests: { executor: 'constant-vus', vus: 1, duration: '40s' } } };";

async function open(options: Record<string, unknown>, exported = OWN) {
  const scenario = join(folder, 'browse.ts');
  await writeFile(scenario, `${exported}\nexport default () => {};\n`);
  const target = 'baseline=http://127.0.0.1:9';
  return openWork(await workFromOptions(parseOptions({ scenario, target, ...options }, String)));
}

describe.skipIf((await resolveK6()) === null)('a scenario on an application that others run', () => {
  it('is started by a rate, in place of executors of its own', async () => {
    const work = await open({ rate: 5, duration: '20s', warmup: '2s' });
    expect(work).toMatchObject({ kind: 'application', rate: 5, warmupS: 2, durationS: 20 });
    expect(work.executors).toBeUndefined();
    const { summary } = await work.trace({ folder, ratePerSecond: 5, seconds: 22 });
    expect(summary).toMatchObject({ header: { workload: 'browse' }, events: 110 });
  });

  it('is started by its own executors, which say how long', async () => {
    expect(await open({ warmup: '10s' })).toMatchObject({
      executors: { guests: 'constant-vus' },
      ...{ rate: null, warmupS: 10, durationS: 30 },
    });
  });

  it.each([
    [{}, '', 'exports no options with executors'],
    [{ duration: '10s' }, OWN, 'leave --duration out'],
    [{ warmup: '40s' }, OWN, 'give a shorter --warmup'],
    [{ cluster: 'embedded' }, OWN, 'has its servers already'],
    [{ seed: 2 }, OWN, '--seed belongs to another workload'],
  ])('is refused with %o', async (options, exported, words) => {
    await expect(open(options, exported)).rejects.toMatchObject({
      code: 'OPTION_CONFLICT',
      message: expect.stringContaining(words),
    });
  });

  it('needs a URL that answers for each side that is run', async () => {
    const { requireReady } = await open({});
    await expect(requireReady!(['split'])).rejects.toMatchObject({ code: 'TARGET_MISSING' });
    await expect(requireReady!(['baseline'])).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      message: expect.stringContaining(
        "The application of the baseline doesn't answer at http://127.0.0.1:9 (",
      ),
    });
    const server = createServer((_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const answering = await open({ target: `split=http://127.0.0.1:${port}` });
    await expect(answering.requireReady!(['split'])).resolves.toBeUndefined();
    server.close();
  });
});
