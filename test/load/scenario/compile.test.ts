import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseDriver } from '../../../src/load/drivers.js';
import { resolveK6 } from '../../../src/load/k6/resolve.js';
import { compileScenario } from '../../../src/load/scenario/compile.js';
import { inspectScenario } from '../../../src/load/scenario/inspect.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-scenario-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

const k6 = await resolveK6();
const { signal } = new AbortController();

async function inspect(text: string, ratePerSecond: number | null = null) {
  const scenario = await compileScenario(await write('scenario.ts', text));
  return inspectScenario(k6!, scenario, { ratePerSecond, seconds: 10, signal });
}

describe('a scenario of the user’s own', () => {
  it('is refused with the line of its mistake', async () => {
    const file = await write(
      'broken.ts',
      "import http from 'k6/http';\n\nexport default () => { http.get( };\n",
    );
    await expect(compileScenario(file)).rejects.toMatchObject({
      code: 'SCENARIO_INVALID',
      message: expect.stringMatching(/broken\.ts can't be run: broken\.ts:3:\d+: Unexpected "}"\.$/),
    });
  });

  it('is known by what it does, wherever it lies and however it is laid out', async () => {
    const text = "import http from 'k6/http';\nexport default () => { http.get(__ENV.BASE_URL); };\n";
    const elsewhere = await mkdtemp(join(folder, 'elsewhere-'));
    const one = await write('one.ts', text);
    const other = join(elsewhere, 'one.ts');
    await writeFile(other, text.replaceAll(' { ', '\n{\n'));
    expect((await compileScenario(other)).code).toBe((await compileScenario(one)).code);
  });

  it('is not played by the player', async () => {
    const request = { wanted: 'player', kind: 'scenario', keepAnswers: false, signal } as const;
    await expect(chooseDriver(request)).rejects.toMatchObject({
      code: 'DRIVER_KIND',
      message: expect.stringContaining("can't play a k6 scenario"),
    });
  });
});

describe.skipIf(k6 === null)('the executors of a scenario', () => {
  const EMPTY = 'export default () => {};';

  it('are told with when the last of them ends', async () => {
    const options = `{ scenarios: {
      a: { executor: 'constant-vus', vus: 2, duration: '1m5s' },
      b: { executor: 'ramping-vus', startTime: '1m', stages: [{ duration: '5s', target: 3 }, { duration: '1500ms', target: 0 }] },
    } }`;
    expect(await inspect(`export const options = ${options}; ${EMPTY}`)).toEqual({
      executors: { a: 'constant-vus', b: 'ramping-vus' },
      seconds: 66.5,
    });
    expect(await inspect(`export const options = { vus: 2, duration: '3s' }; ${EMPTY}`)).toMatchObject({
      seconds: 3,
    });
  });

  it('are none where it exports none, or a rate stands in their place', async () => {
    expect(await inspect(EMPTY)).toBeNull();
    expect(
      await inspect(`export const options = { thresholds: { checks: ['rate>0.9'] } }; ${EMPTY}`),
    ).toBeNull();
    expect(await inspect(`export const options = { vus: 2, duration: '3s' }; ${EMPTY}`, 5)).toBeNull();
  });

  it('are refused in k6’s words where k6 can’t run them', async () => {
    await expect(inspect("throw new Error('no token'); export default () => {};")).rejects.toMatchObject({
      code: 'SCENARIO_INVALID',
      message: expect.stringContaining('no token'),
    });
    await expect(inspect('export function browse() {}', 5)).rejects.toMatchObject({
      code: 'SCENARIO_INVALID',
      message: expect.stringContaining("function 'default' not found"),
    });
  });
});
