import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cluster } from '../../../src/cluster/cluster.js';
import { player } from '../../../src/load/player/driver.js';
import type { LoadResult } from '../../../src/record/run.js';
import { importLog } from '../../../src/workload/capture/import.js';
import { TRACE_SCHEMA, type TraceEvent } from '../../../src/workload/trace.js';
import { writeTrace } from '../../../src/workload/trace-file.js';
import { startWithSchema } from '../../servers.js';
import { medianOf, quantile } from '../router/paired.js';
import { writeLog } from './log.js';
import { peakRssMb } from './memory.js';
import { findPgreplay, type Pgreplay } from './pgreplay.js';

/** How fast, and how punctually, the player replays a log, beside pgreplay on the same log and server; turn by turn. */

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const SESSIONS = 8;
const ITEMS = 10_000;
/** At full speed: statements of a log that are all due within a second. */
const STATEMENTS = Number(process.env.STATEMENTS ?? 200_000);
/** Of the traces whose replays' memory is compared; the longer one of 0 leaves that out, as it takes minutes. */
const SHORT = 100_000;
const LONG = Number(process.env.LONG ?? 0);
/** At a pace. */
const PER_SECOND = 1000;
const SECONDS = 10;

const SCHEMA = `
  create table items (id int primary key, name text not null, price int not null);
  insert into items select i, 'item ' || i, i % 30 from generate_series(1, ${ITEMS}) i;
  create unlogged table arrivals (number int, at timestamptz);
  grant all on arrivals to public;
`;

let cluster: Cluster;
let admin: pg.Client;
let dir: string;
let pgreplay: Pgreplay | null;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'splitbench-replay-'));
  cluster = await startWithSchema('replay', SCHEMA);
  admin = new pg.Client(cluster.primary.admin);
  await admin.connect();
  pgreplay = await findPgreplay(cluster.primary.app);
  if (pgreplay === null)
    console.log('pgreplay is left out: no program of that name (Debian: apt-get install pgreplay).');
});

afterAll(async () => {
  await admin?.end();
  await cluster?.[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

/** A log of the statements, as each of the two wants it. */
async function logOf(
  name: string,
  statements: { count: number; everyUs: number; textOf: (number: number) => string },
) {
  const log = join(dir, `${name}.csv`);
  await writeLog(log, { ...cluster.primary.app, sessions: SESSIONS, ...statements });
  const traceFile = join(dir, `${name}.ndjson`);
  await importLog({ logFiles: [log], out: traceFile });
  return { traceFile, replayFile: await pgreplay?.prepare(log) };
}

async function play(traceFile: string, speed: number, threads?: number): Promise<LoadResult> {
  const result = await (await player.prepare()).play({
    traceFile,
    target: {
      kind: 'sql',
      router: { primary: cluster.primary.app, replicas: [], policy: 'balanced', poolSize: SESSIONS },
    },
    window: { startUs: 0, endUs: 3_600_000_000, blockUs: 5_000_000 },
    ...{ speed, threads, timeoutMs: 10_000, signal: new AbortController().signal },
  });
  expect(result.errors).toEqual([]);
  return result;
}

interface Speed {
  perSecond: number;
  /** CPU of whoever plays, in µs a statement. */
  cpuUs: number;
}

const selectOf = (number: number) => `SELECT * FROM items WHERE id = ${1 + ((number * 37) % ITEMS)}`;

test('statements per second, and CPU of each, as fast as they go', async () => {
  const { traceFile, replayFile } = await logOf('fast', { count: STATEMENTS, everyUs: 1, textOf: selectOf });
  const contenders: Record<string, () => Promise<Speed>> = {};
  for (const threads of new Set([1, Math.min(2, availableParallelism())])) {
    contenders[`player, threads: ${threads}`] = async () => {
      const { playedSeconds, generatorCores } = await play(traceFile, 1000, threads);
      const cpuUs = (1e6 * generatorCores! * playedSeconds) / STATEMENTS;
      return { perSecond: STATEMENTS / playedSeconds, cpuUs };
    };
  }
  if (replayFile) {
    contenders.pgreplay = async () => {
      const { seconds, cpuSeconds } = await pgreplay!.play(replayFile, { skipIdle: true });
      return { perSecond: STATEMENTS / seconds, cpuUs: (1e6 * cpuSeconds) / STATEMENTS };
    };
  }
  const rounds: Record<string, Speed>[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const row: Record<string, Speed> = {};
    for (const [name, run] of Object.entries(contenders)) row[name] = await run();
    rounds.push(row);
  }
  say('at full speed', ['per s', 'CPU µs', 'of its rate', 'of its CPU']);
  for (const name of Object.keys(contenders)) {
    const median = (of: (row: Record<string, Speed>) => number) => medianOf(rounds.map(of)).median;
    const own = (figure: keyof Speed) => median((row) => row[name]![figure]);
    const ratio = (figure: keyof Speed) => median((row) => row[name]![figure] / row.pgreplay![figure]);
    const ratios = replayFile ? [ratio('perSecond').toFixed(2), ratio('cpuUs').toFixed(2)] : [];
    say(name, [own('perSecond').toFixed(0), own('cpuUs').toFixed(1), ...ratios]);
  }
});

/** How late statements came to the server, compared with the most punctual one, in ms; without the first second's. */
async function latenessOf(play: () => Promise<unknown>): Promise<number[]> {
  await admin.query('TRUNCATE arrivals');
  await play();
  const { rows } = await admin.query(
    'SELECT 1000 * extract(epoch FROM at)::float8 - number * $1::float8 AS ms FROM arrivals WHERE number >= $2',
    [1000 / PER_SECOND, PER_SECOND],
  );
  expect(rows).toHaveLength(PER_SECOND * (SECONDS - 1));
  const sorted = rows.map(({ ms }) => ms as number).sort((a, b) => a - b);
  return sorted.map((ms) => ms - sorted[0]!);
}

test('how late statements come to the server, at a pace', async () => {
  const textOf = (number: number) => `INSERT INTO arrivals VALUES (${number}, clock_timestamp())`;
  const count = PER_SECOND * SECONDS;
  const { traceFile, replayFile } = await logOf('paced', { count, everyUs: 1e6 / PER_SECOND, textOf });
  say(`at ${PER_SECOND}/s, late by`, ['p50 ms', 'p99 ms', 'max ms']);
  const tell = async (name: string, run: () => Promise<unknown>) => {
    const late = await latenessOf(run);
    say(
      name,
      [quantile(late, 0.5), quantile(late, 0.99), late.at(-1)!].map((ms) => ms.toFixed(2)),
    );
  };
  for (let round = 0; round < Math.min(ROUNDS, 3); round++) {
    await tell('player', () => play(traceFile, 1));
    if (replayFile) await tell('pgreplay', () => pgreplay!.play(replayFile, { skipIdle: false }));
  }
});

test.runIf(LONG > 0)('memory of a long replay, beside that of a short one', async () => {
  say('at full speed', ['RSS MB', 'of the first']);
  let first: number | undefined;
  for (const count of [SHORT, LONG]) {
    const traceFile = join(dir, `${count}.ndjson`);
    function* events(): Generator<TraceEvent> {
      for (let number = 0; number < count; number++) {
        const sql = { text: selectOf(number) };
        yield { dueUs: number, session: number % SESSIONS, category: 'read', priority: 'medium', sql };
      }
    }
    await writeTrace(traceFile, { schema: TRACE_SCHEMA, kind: 'sql', workload: 'long', meta: {} }, events());
    const mb = await peakRssMb('splitbench-player', () => play(traceFile, 1000));
    first ??= mb;
    say(`${count} events`, [mb.toFixed(0), (mb / first).toFixed(2)]);
  }
});

function say(name: string, figures: string[]): void {
  console.log(name.padEnd(22), ...figures.map((figure) => figure.padStart(12)));
}
