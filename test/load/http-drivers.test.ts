import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { LoadDriver } from '../../src/load/driver.js';
import { DRIVERS } from '../../src/load/drivers.js';
import { getK6 } from '../../src/load/k6/resolve.js';
import { epochMs } from '../../src/machine/clock.js';
import { packageRoot } from '../../src/machine/entry.js';
import { openRunDir, readOwner } from '../../src/machine/run-dir.js';
import { percentileMs } from '../../src/record/histogram.js';
import { addsUp, behindTheWallClock, get, playEvents, serve } from './fixture.js';

/** Each driver that plays requests; k6 is built once into the cache, which takes a minute or two. */
const drivers = await Promise.all(
  (DRIVERS as readonly LoadDriver[])
    .filter(({ plays }) => plays.includes('http'))
    .map(async ({ name, prepare }) => {
      const ready = await prepare({ signal: AbortSignal.timeout(900_000) });
      return 'play' in ready
        ? { name, driver: ready }
        : { name: `${name} (which is not available here: ${ready.lacking})`, driver: null };
    }),
);
const gotK6 = await getK6({ signal: AbortSignal.timeout(900_000) });

describe.each(drivers)('$name', ({ driver: found }) => {
  const driver = found!;
  const check = found ? test : test.skip;

  check(
    'counts latency from the due time, and waiting for the session’s answer as backpressure',
    async () => {
      await using service = await serve((request, response) => {
        setTimeout(() => response.end('ok'), request.url === '/slow' ? 400 : 50);
      });
      const events = [
        get(100, 1, '/slow', { category: 'analytics' }),
        get(200, 1, '/after-slow', { category: 'realtime' }),
        ...Array.from({ length: 20 }, (_, i) => get(100 + i * 25, 10 + i, '/quick')),
      ].sort((a, b) => a.dueUs - b.dueUs);
      const { accounting, window } = await playEvents(driver, service.target, events);
      expect(accounting).toMatchObject({ captured: 22, ok: 22, failed: 0, skipped: 0, notSent: 0 });
      expect(addsUp(accounting)).toBe(true);
      // The slow answer comes 500 ms after the zero, so the event behind it waits for 300 ms and answers at 550.
      expect(window.latency.analytics!.maxUs / 1000).toBeGreaterThan(395);
      expect(window.latency.realtime!.maxUs / 1000).toBeGreaterThan(345);
      expect(window.backpressure.maxUs / 1000).toBeGreaterThan(295);
      expect(window.lateness.maxUs).toBeLessThan(window.backpressure.maxUs);
      expect(percentileMs(window.latency.read, 0.5)).toBeGreaterThan(49);
      expect(Object.keys(window.latencyByOperation)).toEqual(['get']);
      expect(window.latencyByOperation.get!.count).toBe(22);
      expect(window.blocks).toHaveLength(1);
    },
  );

  check('sends a session’s requests in order, one at a time', async () => {
    const seen: string[] = [];
    const busy = new Set<string>();
    let overlaps = 0;
    await using service = await serve((request, response) => {
      const session = request.url!.split('/')[1]!;
      seen.push(request.url!);
      if (busy.has(session)) overlaps++;
      busy.add(session);
      setTimeout(
        () => {
          busy.delete(session);
          response.end();
        },
        (seen.length * 7) % 20,
      );
    });
    const events = Array.from({ length: 200 }, (_, i) => get(i * 2, i % 5, `/${i % 5}/${Math.floor(i / 5)}`));
    await playEvents(driver, service.target, events);
    expect(overlaps).toBe(0);
    for (let session = 0; session < 5; session++) {
      const turns = seen
        .filter((url) => url.startsWith(`/${session}/`))
        .map((url) => Number(url.split('/')[2]));
      expect(turns).toEqual(Array.from({ length: 40 }, (_, i) => i));
    }
  });

  check('keeps each session’s cookies to itself', async () => {
    const cookies: (string | undefined)[] = [];
    await using service = await serve((request, response) => {
      if (request.url!.startsWith('/login')) {
        response.setHeader('set-cookie', `who=${request.url!.split('/')[2]}; Path=/; HttpOnly`);
      } else cookies.push(`${request.url} ${request.headers.cookie}`);
      response.end();
    });
    const events = [
      get(0, 1, '/login/one'),
      get(5, 2, '/login/two'),
      get(10, 3, '/asks/three'),
      get(50, 1, '/asks/one'),
      get(55, 2, '/asks/two'),
    ];
    await playEvents(driver, service.target, events);
    expect(cookies.sort()).toEqual(['/asks/one who=one', '/asks/three undefined', '/asks/two who=two']);
  });

  check('sends bodies as JSON and counts only 2xx as ok', async () => {
    let body = '';
    await using service = await serve((request, response) => {
      if (request.method === 'POST') {
        request.on('data', (chunk) => (body += request.headers['content-type'] + chunk));
        request.on('end', () => response.writeHead(201).end());
      } else if (request.url === '/redirect') response.writeHead(302, { location: '/' }).end();
      else response.writeHead(503).end();
    });
    const order = { dish: 'ramen "extra"' };
    const events = [
      get(0, 1, '/', {
        category: 'write',
        operation: 'order',
        http: { method: 'POST', path: '/orders', body: order },
      }),
      get(1, 2, '/broken'),
      get(2, 3, '/redirect'),
    ];
    const { accounting, errors, window } = await playEvents(driver, service.target, events);
    expect(body).toBe(`application/json${JSON.stringify(order)}`);
    expect(accounting).toMatchObject({ captured: 3, ok: 1, failed: 2 });
    expect(accounting.byCategory.write).toMatchObject({ captured: 1, ok: 1 });
    expect(errors.map(({ operation, code }) => `${operation} ${code}`).sort()).toEqual([
      'get HTTP 302',
      'get HTTP 503',
    ]);
    expect(window.latency.read).toBeUndefined();
  });

  check('gives a request up after its time limit, and ends', async () => {
    await using service = await serve((request, response) => {
      if (request.url !== '/hangs') response.end();
    });
    const events = [get(0, 1, '/hangs'), get(10, 1, '/next'), get(20, 2, '/other')];
    const { accounting, errors } = await playEvents(driver, service.target, events, { timeoutMs: 1000 });
    expect(accounting).toMatchObject({ captured: 3, ok: 2, failed: 1, notSent: 0 });
    expect(errors).toEqual([{ category: 'read', operation: 'get', code: 'timeout', count: 1 }]);
  });

  check(
    'gives the replay up when nothing is answered any more, and accounts for what was not sent',
    async () => {
      await using service = await serve((request, response) => {
        if (request.url === '/first') response.end();
      });
      const events = [
        get(0, 1, '/first'),
        ...Array.from({ length: 50 }, (_, i) => get(10 + i, 1, '/hangs')),
        get(3_600_000, 2, '/late'),
      ];
      const { accounting, warnings } = await playEvents(driver, service.target, events, { timeoutMs: 1000 });
      expect(accounting.ok).toBe(1);
      expect(accounting.failed).toBeGreaterThan(3);
      expect(accounting.notSent).toBeGreaterThan(40);
      expect(addsUp(accounting)).toBe(true);
      expect(warnings.join()).toMatch(/given up/);
    },
  );

  check('counts a service that is not there as failures, not as its own', async () => {
    const gone = await serve(() => {});
    await gone[Symbol.asyncDispose]();
    const { accounting, errors } = await playEvents(driver, gone.target, [get(0, 1, '/a'), get(5, 2, '/b')]);
    expect(accounting).toMatchObject({ captured: 2, failed: 2 });
    expect(errors).toEqual([{ category: 'read', operation: 'get', code: 'ECONNREFUSED', count: 2 }]);
  });

  check(
    'keeps latency of the window only, plays faster if told, and says when its zero was and notes its process with the run',
    async () => {
      await using service = await serve((_, response) => response.end());
      behindTheWallClock();
      let zero = 0;
      const run = openRunDir('drivers-test');
      onTestFinished(() => run.remove());
      const events = Array.from({ length: 20 }, (_, i) => get(i * 100, i, '/'));
      const result = await playEvents(driver, service.target, events, {
        speed: 4,
        window: { startUs: 250_000, endUs: 400_000, blockUs: 50_000 },
        onStart: (zeroEpochMs) => (zero = zeroEpochMs),
        runId: run.id,
      });
      // Events are due every 25 ms of the schedule that is played: 250, 275 ... 375 are in the window.
      expect(result.window.accounting).toMatchObject({ captured: 6, ok: 6 });
      expect(result.window.latency.read!.count).toBe(6);
      expect(result.window.blocks.map((block) => block.read!.count)).toEqual([2, 2, 2]);
      expect(result.accounting).toMatchObject({ captured: 20, ok: 20 });
      expect(result.zeroEpochMs).toBe(zero);
      expect(readOwner(run.path)!.children).toHaveLength(1);
      expect(Math.abs(epochMs() - zero)).toBeLessThan(20_000);
      expect(result.playedSeconds).toBeGreaterThan(0.474);
      expect(result.generatorCores).toBeGreaterThan(0);
    },
  );

  check('ends at once when it is aborted, with the abort’s reason and no process left', async () => {
    await using service = await serve((_, response) => response.end());
    const abort = new AbortController();
    const reason = new Error('interrupted');
    const playing = playEvents(driver, service.target, [get(0, 1, '/'), get(600_000, 1, '/')], {
      signal: abort.signal,
      onStart: () => setTimeout(() => abort.abort(reason), 200),
    });
    await expect(playing).rejects.toBe(reason);
    expect(children()).toEqual([]);
  });
});

describe('the scenario to start from', () => {
  const k6 = 'path' in gotK6 ? gotK6 : null;
  const check = k6 ? test : test.skip;

  check('runs with plain k6', async () => {
    const paths: string[] = [];
    await using service = await serve((request, response) => {
      paths.push(request.url!);
      response.end('{}');
    });
    const scenario = join(packageRoot, 'scenarios', 'menu-browse.ts');
    await promisify(execFile)(
      k6!.path,
      ['run', '--quiet', '--no-usage-report', '--iterations', '1', '--vus', '1', scenario],
      { env: { BASE_URL: (service.target as { url: string }).url, K6_AUTO_EXTENSION_RESOLUTION: 'false' } },
    );
    expect(paths).toEqual([
      expect.stringMatching(/^\/restaurants\/\d+\/menu$/),
      expect.stringMatching(/^\/search\?q=/),
    ]);
  });
});

/** This process's children that are load generators. */
function children(): string[] {
  const table = execFileSync('ps', ['-A', '-o', 'ppid=,args='], { encoding: 'utf8' });
  return table
    .split('\n')
    .filter(
      (line) =>
        Number(line.trim().split(' ')[0]) === process.pid &&
        /k6 run|splitbench-player|player\/main/.test(line),
    );
}
