import { appendFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../../src/machine/entry.js';
import { medianOf } from '../router/paired.js';
import { writeServerLog } from './log.js';
import { type Cost, measured } from './measured.js';

/** How fast a log becomes a trace, and in how much memory, beside pgreplay's making its own file of it; turn by turn. */

const SIZE_MB = Number(process.env.SIZE_MB ?? 500);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
/** A thread for each core, up to four. */
const THREADS = Math.min(availableParallelism(), 4);
const MOST_RSS_MB = 100 + 50 * THREADS;
/** What each thread may hold of a record that doesn't end. */
const RECORD_MB = 34;

let folder: string;
let log: string;
let logMb: number;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-import-'));
  log = join(folder, 'server.csv');
  await writeServerLog(log, SIZE_MB * 1e6);
  logMb = (await stat(log)).size / 1e6;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const importing = (path: string) =>
  measured(process.execPath, [join(packageRoot, 'bin/bench.js'), 'import', path, '-o', `${path}.trace`]);
const pgreplay = (path: string) => measured('pgreplay', ['-c', '-f', '-o', `${path}.pgreplay`, path]);

test('a server’s log, beside pgreplay', async () => {
  const peer = await measured('pgreplay', ['-v']).then(
    () => pgreplay,
    () => null,
  );
  if (!peer) console.log('pgreplay is left out: no program of that name (Debian: apt-get install pgreplay).');
  const rounds: { own: Cost; peer: Cost | undefined }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push({ own: await importing(log), peer: await peer?.(log) });
  }
  say(`${logMb.toFixed(0)} MB`, ['MB/s', 'CPU s', 'peak RSS MB', 'of its rate', 'of its CPU']);
  const median = (of: (round: (typeof rounds)[number]) => number) => medianOf(rounds.map(of)).median;
  const figures = (name: 'own' | 'peer') => [
    median((round) => logMb / round[name]!.seconds).toFixed(1),
    median((round) => round[name]!.cpuSeconds).toFixed(1),
    Math.max(...rounds.map((round) => round[name]!.peakRssMb)).toFixed(0),
  ];
  const ratios = peer && [
    median(({ own, peer }) => peer!.seconds / own.seconds).toFixed(2),
    median(({ own, peer }) => own.cpuSeconds / peer!.cpuSeconds).toFixed(2),
  ];
  say('bench import', [...figures('own'), ...(ratios ?? [])]);
  if (peer) say('pgreplay -f', figures('peer'));
  expect(Math.max(...rounds.map(({ own }) => own.peakRssMb))).toBeLessThan(MOST_RSS_MB);
});

test('a log of many sessions, none of which is said to end', async () => {
  const path = join(folder, 'sessions.csv');
  await writeServerLog(path, SIZE_MB * 1e6, 250_000);
  const { seconds, cpuSeconds, peakRssMb } = await importing(path);
  say('250,000 sessions', [(logMb / seconds).toFixed(1), cpuSeconds.toFixed(1), peakRssMb.toFixed(0)]);
  expect(peakRssMb).toBeLessThan(MOST_RSS_MB);
});

test('a log with a quote that is never closed', async () => {
  const path = join(folder, 'unclosed.csv');
  await writeServerLog(path, 1e5);
  await appendFile(path, '2026-01-05 10:00:00.000 UTC,"app","shop",4096,"never closed\n');
  const line = 'SELECT 1, 2, 3, 4\n'.repeat(1 << 16);
  for (let bytes = 0; bytes < SIZE_MB * 1e6; bytes += line.length) await appendFile(path, line);
  const { seconds, cpuSeconds, peakRssMb } = await importing(path);
  say('a quote not closed', [(logMb / seconds).toFixed(1), cpuSeconds.toFixed(1), peakRssMb.toFixed(0)]);
  expect(peakRssMb).toBeLessThan(MOST_RSS_MB + RECORD_MB * THREADS);
});

function say(name: string, figures: string[]): void {
  console.log(name.padEnd(20), ...figures.map((figure) => figure.padStart(12)));
}
