import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { player } from '../../src/load/player/driver.js';
import { get, playEvents, type Service, serve } from './fixture.js';

/** What the player notes of a service's answers, line by line. */
async function answersOf(service: Service, paths: string[], method: 'GET' | 'POST' = 'GET') {
  const dir = await mkdtemp(join(tmpdir(), 'splitbench-answers-'));
  try {
    const file = join(dir, 'answers.ndjson');
    const category = method === 'GET' ? 'read' : 'write';
    const events = paths.map((path, at) => get(at * 20, at, path, { category, http: { method, path } }));
    const result = await playEvents(await player.prepare(), service.target, events, {
      answers: { file, key: 'key' },
    });
    const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
    return { result, lines: lines.map((line) => JSON.parse(line)).sort((a, b) => a.event - b.event) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const BODIES: Record<string, string> = {
  '/one': '{"items":[{"id":1},{"id":2}]}',
  '/turned': '{"items":[{"id":2},{"id":1}]}',
  '/fewer': '{"items":[{"id":1}]}',
  '/none': '[]',
  '/file': 'id,name\n1,a\n2,b',
};

const shop = () =>
  serve((request, response) => {
    const body = BODIES[request.url!.replace('/broken', '')];
    response.statusCode = request.url === '/broken' ? 500 : body === undefined ? 404 : 200;
    response.end(body ?? '{"error":"There is no such thing."}');
  });

it('notes each read by its place in the trace: rows, exact hash and one for any order', async () => {
  await using service = await shop();
  const { lines } = await answersOf(service, ['/one', '/turned', '/fewer', '/none', '/file', '/one']);
  expect(lines.map(({ event, answer }) => [event, answer.rows])).toEqual([
    [0, 3],
    [1, 3],
    [2, 2],
    [3, 0],
    [4, 3],
    [5, 3],
  ]);
  const [one, turned, fewer, , , again] = lines.map(({ answer }) => answer);
  expect(again).toEqual(one);
  expect(turned!.exact).not.toBe(one!.exact);
  expect(turned!.unordered).toBe(one!.unordered);
  expect(fewer!.unordered).not.toBe(one!.unordered);
});

it('notes "not found" as an answer of no rows, though it counts as failed, and other failures as such', async () => {
  await using service = await shop();
  const { lines, result } = await answersOf(service, ['/gone', '/broken']);
  expect(lines).toEqual([
    { event: 0, answer: { rows: 0, exact: expect.any(String), unordered: expect.any(String) } },
    { event: 1, end: 'failed' },
  ]);
  expect(result.accounting).toMatchObject({ ok: 0, failed: 2 });
});

it('notes no write', async () => {
  await using service = await shop();
  expect((await answersOf(service, ['/one', '/gone'], 'POST')).lines).toEqual([]);
});
