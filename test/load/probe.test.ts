import { json } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { startProbe } from '../../src/load/probe/probe.js';
import { epochMs } from '../../src/machine/clock.js';
import { behindTheWallClock, serve } from './fixture.js';

const probeFor = (url: string, signal = new AbortController().signal) =>
  startProbe({ url, seed: 1, scale: 0.05, timeoutS: 5, signal });

describe('the probe', () => {
  it('keeps as many requests under way as there are users, each sent when the last one is answered', async () => {
    behindTheWallClock();
    let underWay = 0;
    let most = 0;
    await using service = await serve((_request, response) => {
      most = Math.max(most, ++underWay);
      setTimeout(() => {
        underWay--;
        response.end('ok');
      }, 20);
    });
    await using probe = probeFor(urlOf(service));
    const result = await probe.play({ concurrency: 3, seconds: 1 });
    expect(most).toBe(3);
    expect(Math.abs(epochMs() - result.endMs)).toBeLessThan(20_000);
    const playedMs = result.endMs - result.startMs;
    expect(playedMs).toBeGreaterThanOrEqual(990);
    expect(result.ok).toBeGreaterThan(0);
    expect(result.ok).toBeLessThanOrEqual((3 * playedMs) / 19);
    expect(result.latency.minUs).toBeGreaterThan(18_000);
    expect(result.failed).toBe(0);
    expect(result.cpuSeconds).toBeGreaterThan(0);
  });

  it('sends SmartMenu’s mix, places each order once through all steps, and takes its session’s token along', async () => {
    const refs: string[] = [];
    const tokens = new Map<string, string>();
    let readBack = 0;
    /** Orders that were read back as if their answer had not come. */
    const unheard = new Set<string>();
    const paths = new Set<string>();
    await using service = await serve(async (request, response) => {
      const { pathname } = new URL(request.url!, 'http://service');
      paths.add(`${request.method} ${pathname.split('/')[1]}`);
      if (request.method === 'POST' && pathname === '/orders') {
        const { ref } = (await json(request)) as { ref: string };
        refs.push(ref);
        tokens.set(ref, `token-${refs.length}`);
        response.setHeader('x-smartmenu-session', `token-${refs.length}`);
      }
      const asked = /^\/orders\/([^/]+)$/.exec(pathname)?.[1];
      if (request.method === 'GET' && asked !== undefined && tokens.has(asked)) {
        const token = request.headers['x-smartmenu-session'];
        if (token === undefined) unheard.add(asked);
        else expect.soft(token).toBe(tokens.get(asked));
        readBack++;
      }
      response.end('ok');
    });
    await using probe = probeFor(urlOf(service));
    const [few, more] = [2, 4];
    for (const concurrency of [few, more]) await probe.play({ concurrency, seconds: 1 });
    // The answers that are on their way when a step ends are not heard in the next.
    expect(unheard.size).toBeLessThanOrEqual(few);
    expect(refs.length).toBeGreaterThan(20);
    expect(new Set(refs).size).toBe(refs.length);
    expect(readBack).toBeGreaterThan(5);
    expect([...paths]).toEqual(
      expect.arrayContaining(['POST orders', 'PATCH orders', 'GET restaurants', 'GET reports', 'GET search']),
    );
  });

  it('counts what is not answered well, and leaves it out of the latency', async () => {
    let n = 0;
    await using service = await serve((_request, response) => {
      response.statusCode = n++ % 2 === 0 ? 200 : 500;
      response.end('said');
    });
    await using probe = probeFor(urlOf(service));
    const result = await probe.play({ concurrency: 1, seconds: 1 });
    expect(result.failed).toBeGreaterThan(0);
    expect(Math.abs(result.ok - result.failed)).toBeLessThanOrEqual(1);
    expect(result.latency.count).toBe(result.ok);
  });

  it('ends at once when interrupted, with the reason', async () => {
    await using service = await serve((_request, response) => response.end('ok'));
    const interrupt = new AbortController();
    await using probe = probeFor(urlOf(service), interrupt.signal);
    setTimeout(() => interrupt.abort(new Error('enough')), 300);
    await expect(probe.play({ concurrency: 1, seconds: 60 })).rejects.toThrow('enough');
  });
});

function urlOf(service: { target: { kind: string } }): string {
  return (service.target as { kind: 'http'; url: string }).url;
}
