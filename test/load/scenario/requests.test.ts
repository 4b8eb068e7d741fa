import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveK6 } from '../../../src/load/k6/resolve.js';
import { compileScenario } from '../../../src/load/scenario/compile.js';
import { k6ScenarioDriver } from '../../../src/load/scenario/driver.js';
import { writeScenario } from '../../../src/load/scenario/file.js';
import { serve } from '../fixture.js';

/** Each way in which k6 sends a request, with its category by tag, by header, or not at all. */
const SCENARIO = `
import http, { asyncRequest, batch, del, post } from 'k6/http';
const at = (path) => __ENV.BASE_URL + path;
const of = (name, category) => ({ headers: { 'x-Category': category }, tags: { name } });
export const options = { vus: 1, iterations: 1 };
export default async function () {
  http.get(at('/1'), of('get', 'analytics'));
  http.get(at('/2'), { tags: { name: 'tagged', category: 'realtime' }, headers: { 'X-Category': 'analytics' } });
  post(at('/3'), 'text', of('post', 'realtime'));
  del(at('/4'), null, { tags: { name: 'del' } });
  http.request('GET', at('/5'), null, of('request', 'analytics'));
  await asyncRequest('GET', at('/6'), null, of('async', 'realtime'));
  batch([
    at('/7'),
    ['POST', at('/8'), 'text', of('list', 'analytics')],
    { method: 'PUT', url: at('/9'), body: 'text', params: of('object', 'realtime') },
    { method: 'GET', url: at('/10') },
  ]);
  const { named } = http.batch({ named: { method: 'GET', url: at('/11'), params: of('named', 'analytics') } });
  if (named.status !== 200) throw new Error('what a batch answers has lost its names');
}`;

describe.skipIf((await resolveK6()) === null)('the requests of a scenario', () => {
  it('have the category of their tag, their header or their method, however they are sent', async () => {
    const seen: string[] = [];
    await using service = await serve(({ method, url }, response) => {
      seen.push(`${method} ${url}`);
      response.end('ok');
    });
    const folder = await mkdtemp(join(tmpdir(), 'splitbench-scenario-'));
    try {
      const [file, traceFile] = [join(folder, 'scenario.js'), join(folder, 'scenario.json')];
      await writeFile(file, SCENARIO);
      await writeScenario(traceFile, { ...(await compileScenario(file)), ratePerSecond: null, seconds: 10 });
      const signal = AbortSignal.timeout(60_000);
      const driver = await k6ScenarioDriver.prepare({ signal });
      if ('lacking' in driver) throw new Error(driver.lacking);
      const { window, accounting, warnings } = await driver.play({
        ...{ traceFile, target: service.target, signal, speed: 1, timeoutMs: 5000 },
        window: { startUs: 0, endUs: 60_000_000, blockUs: 1_000_000 },
      });
      expect(warnings).toEqual([]);
      expect(accounting).toMatchObject({ ok: 11, failed: 0 });
      expect(window.operations).toMatchObject({
        ...{ get: 'analytics', tagged: 'realtime', post: 'realtime', del: 'write', request: 'analytics' },
        ...{ async: 'realtime', list: 'analytics', object: 'realtime', named: 'analytics' },
      });
      expect(seen.map((each) => each.split(' ')[0]).sort()).toEqual([
        'DELETE',
        ...Array(7).fill('GET'),
        'POST',
        'POST',
        'PUT',
      ]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
