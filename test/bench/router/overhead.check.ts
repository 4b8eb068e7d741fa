import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cluster, ConnectionConfig } from '../../../src/cluster/cluster.js';
import { createRouter, type Router } from '../../../src/router/index.js';
import { startWithSchema } from '../../servers.js';
import { type Estimate, medianOf, quantile } from './paired.js';
import { type Pgpool, startPgpool } from './pgpool.js';

/** What the router adds to a statement, beside what pgpool-II adds; each against a plain pool to the same server. */

const ROUNDS = Number(process.env.ROUNDS ?? 60);
/** Queries by one contender, before another has its turn. */
const BLOCK = 200;
const CONCURRENCIES = [1, 8];
const ITEMS = 10_000;
const SCHEMA = `
  create table restaurants (id int primary key, name text not null);
  create table items (id int primary key, restaurant int not null references restaurants, name text not null, price int not null);
  insert into restaurants select i, 'restaurant ' || i from generate_series(0, 99) i;
  insert into items select i, i % 100, 'item ' || i, i % 30 from generate_series(1, ${ITEMS}) i;
`;

/** The router may add the larger of these to the median... */
const ALLOWED_US = 20;
const ALLOWED_SHARE = 0.05;
/** ...and no more than this share of what pgpool-II adds. */
const ALLOWED_OF_PGPOOL = 0.2;

interface Statement {
  name: string;
  text: string;
  writes?: true;
  values: (item: number) => unknown[];
}

const STATEMENTS: Statement[] = [
  { name: 'row by key', text: 'select * from items where id = $1', values: (item) => [item] },
  {
    name: 'join',
    text: `select i.id, i.name, i.price, r.name as restaurant from items i join restaurants r on r.id = i.restaurant
      where i.id between $1 and $2 order by i.price`,
    values: (item) => [item, item + 19],
  },
  {
    name: 'update by key',
    text: 'update items set price = price + 1 where id = $1',
    writes: true,
    values: (item) => [item],
  },
];

type Query = (text: string, values: unknown[]) => Promise<unknown>;

interface Contender {
  name: string;
  read: Query;
  write: Query;
  /** A single connection can't do two things at a time. */
  single?: true;
}

let cluster: Cluster;
let router: Router;
let pgpool: Pgpool | null;
const contenders: Contender[] = [];
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  cluster = await startWithSchema('overhead', SCHEMA);
  const [primary, standby] = [cluster.primary.admin, cluster.replicas[0]!.admin];
  contenders.push(pool('pg.Pool', standby, primary), await client('pg.Client', standby, primary));
  router = await createRouter({
    primary,
    replicas: [standby],
    poolSize: Math.max(...CONCURRENCIES),
    policy: {
      name: 'all reads to the replica',
      description: 'As the other contenders are set.',
      categories: {
        read: { target: 'replica', consistency: 'lsn' },
        analytics: { target: 'replica' },
        realtime: { target: 'primary' },
      },
    },
  });
  closing.push(() => router.end());
  const plain: Query = (text, values) => router.query(text, values);
  contenders.push({ name: 'router', read: plain, write: plain });
  const session = router.session();
  const inSession: Query = (text, values) => router.query(text, values, { session });
  contenders.push({ name: 'router, lsn session', read: inSession, write: inSession });
  pgpool = await startPgpool(cluster, Math.max(...CONCURRENCIES));
  if (pgpool === null)
    console.log('pgpool-II is left out: no program "pgpool" (Debian: apt-get install pgpool2).');
  else contenders.push(pool('pgpool-II', pgpool.connection));
});

afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
  await pgpool?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

function pool(name: string, reads: ConnectionConfig, writes = reads): Contender {
  const open = (config: ConnectionConfig) => {
    const opened = new pg.Pool({ ...config, max: Math.max(...CONCURRENCIES) });
    // What breaks while the servers stop is nobody's error.
    return opened.on('error', () => {});
  };
  const read = open(reads);
  const write = reads === writes ? read : open(writes);
  closing.push(() => Promise.all([...new Set([read, write])].map((each) => each.end())));
  return {
    name,
    read: (text, values) => read.query(text, values),
    write: (text, values) => write.query(text, values),
  };
}

async function client(name: string, reads: ConnectionConfig, writes: ConnectionConfig): Promise<Contender> {
  const [read, write] = [new pg.Client(reads), new pg.Client(writes)];
  await Promise.all([read.connect(), write.connect()]);
  closing.push(() => Promise.all([read.end(), write.end()]));
  return {
    name,
    single: true,
    read: (text, values) => read.query(text, values),
    write: (text, values) => write.query(text, values),
  };
}

/** What one contender took for its turn, in µs. */
interface Block {
  p50: number;
  p99: number;
  /** Of this process, per query: steady where latencies, on a busy machine, are not. */
  cpu: number;
}

/** Workers touch items of their own: nobody waits for a row lock. */
async function block(contender: Contender, statement: Statement, concurrency: number): Promise<Block> {
  const latencies: number[] = [];
  const before = process.cpuUsage();
  const query = statement.writes ? contender.write : contender.read;
  const worker = async (first: number) => {
    for (let i = first; i < BLOCK; i += concurrency) {
      const values = statement.values(1 + ((i * 37) % ITEMS));
      const startMs = performance.now();
      await query(statement.text, values);
      latencies.push((performance.now() - startMs) * 1000);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, (_, first) => worker(first)));
  const { user, system } = process.cpuUsage(before);
  latencies.sort((a, b) => a - b);
  return { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), cpu: (user + system) / BLOCK };
}

function shuffled<T>(list: readonly T[]): T[] {
  const keyed = list.map((value) => ({ value, key: Math.random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ value }) => value);
}

/** A row per round, of a block per contender. */
async function measure(statement: Statement, concurrency: number): Promise<Record<string, Block>[]> {
  const rounds: Record<string, Block>[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const row: Record<string, Block> = {};
    for (const contender of shuffled(contenders)) {
      if (contender.single && concurrency > 1) continue;
      row[contender.name] = await block(contender, statement, concurrency);
    }
    // The round before the first warms up connections, caches and the compiler.
    if (round >= 0) rounds.push(row);
  }
  return rounds;
}

function added(rounds: Record<string, Block>[], name: string, figure: keyof Block): Estimate {
  return medianOf(rounds.map((row) => row[name]![figure] - row['pg.Pool']![figure]));
}

test('what the router and pgpool-II add to a statement', async () => {
  say('statement', 'at a time', 'contender', [
    'p50 µs',
    'added',
    '95 %',
    'p99 µs',
    'added',
    'of pgpool',
    'goal',
  ]);
  for (const concurrency of CONCURRENCIES) {
    for (const statement of STATEMENTS) report(statement, concurrency, await measure(statement, concurrency));
  }
  const reads = router.stats().requests.filter(({ category }) => category === 'read');
  expect(reads.filter(({ node }) => node === 'replica').length).toBeGreaterThan(0);
  expect(router.stats().fallbacks).toBeLessThan(0.01 * ROUNDS * BLOCK);
});

function report(statement: Statement, concurrency: number, rounds: Record<string, Block>[]): void {
  for (const name of contenders.map((contender) => contender.name)) {
    if (rounds[0]![name] === undefined) continue;
    const [p50, p99, cpu] = (['p50', 'p99', 'cpu'] as const).map((figure) =>
      medianOf(rounds.map((row) => row[name]![figure])).median.toFixed(0),
    );
    const { median, low, high } = added(rounds, name, 'p50');
    const tail = added(rounds, name, 'p99').median.toFixed(0);
    const figures =
      name === 'pg.Pool'
        ? [p50, '', '', p99, '', cpu]
        : [p50, median.toFixed(0), `${low.toFixed(0)}..${high.toFixed(0)}`, p99, tail, cpu];
    const verdict = name.startsWith('router') ? judge(rounds, name) : [];
    say(statement.name, String(concurrency), name, [...figures, ...verdict] as string[]);
  }
}

/**
 * The router's addition as a share of pgpool-II's (where that is clearly above nothing), and whether both are as small
 * as they should be: `unclear` where the confidence interval has the limit in it.
 */
function judge(rounds: Record<string, Block>[], name: string): string[] {
  const own = added(rounds, name, 'p50');
  const peer = pgpool === null ? undefined : added(rounds, 'pgpool-II', 'p50');
  const comparable = peer !== undefined && peer.low > 0;
  const rawUs = medianOf(rounds.map((row) => row['pg.Pool']!.p50)).median;
  const allowedUs = Math.max(ALLOWED_US, ALLOWED_SHARE * rawUs);
  const limitUs = comparable ? Math.min(allowedUs, ALLOWED_OF_PGPOOL * peer.median) : allowedUs;
  const verdict = own.high <= limitUs ? 'met' : own.low > limitUs ? 'missed' : 'unclear';
  return [comparable ? (own.median / peer.median).toFixed(2) : '', verdict];
}

function say(statement: string, concurrency: string, contender: string, figures: string[]): void {
  const cells = figures.map((figure) => figure.padStart(10));
  console.log(statement.padEnd(14), concurrency.padStart(9), ' ', contender.padEnd(19), ...cells);
}
