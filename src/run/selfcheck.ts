import { setTimeout as sleep } from 'node:timers/promises';
import { cleanRemains, type Node, requireCapability, withClient } from '../cluster/index.js';
import { BenchError, epochMs } from '../machine/pure.js';
import { startWatch } from '../observe/index.js';
import { parseOptions, workFromOptions } from '../plan/index.js';
import { newRunId } from '../record/index.js';
import {
  type BurntCpu,
  EFFECTS,
  type EffectRecords,
  type EffectRound,
  nodeOf,
  type RunRecord,
  type Side,
} from '../record/pure.js';
import type { RouteRule, RoutingPolicy } from '../router/index.js';
import { refuseHeldUp } from './held-up.js';
import { measureOn } from './measure.js';
import { type Prepared, prepare } from './prepare.js';
import type { Following, RunContext } from './progress.js';
import { type Settled, settle } from './settle.js';
import { onStage, type Stage } from './stage.js';

/**
 * A load far below what the servers can do: what is looked for is whether the bench counts right, and a busy server
 * would add what it does by itself. What a request costs varies from play to play, and the more of them there are, the
 * less is seen of what watching costs. The built-in player can be had on every machine.
 */
const LOAD = { scale: 0.1, rate: 60, driver: 'player' };

/** How much is played: seconds, and rounds of plays. */
export const FULL = { warmupS: 1.5, durationS: 9, burnS: 4, rounds: 5 };
export const QUICK: typeof FULL = { warmupS: 1, durationS: 2, burnS: 2, rounds: 3 };

/** Of a play over its schedule: starting the player, collecting. */
const PLAY_OVERHEAD_S = 1;
const PLAYS_A_ROUND = 3;

/**
 * Makes effects of known size on real servers and measures them as a run does: a bench that can't find these
 * shouldn't be believed in what it finds elsewhere.
 * @param request.effects others than those expected, to see the check fail
 * @throws BenchError for what the machine lacks, (exit code 4) if it was held up, and (exit code 130) if interrupted
 */
export async function selfCheck(
  request: Following & { length: typeof FULL; effects?: typeof EFFECTS },
): Promise<EffectRecords> {
  const { length, effects = EFFECTS, ...following } = request;
  const { warmupS, durationS, burnS, rounds } = length;
  await cleanRemains();
  const id = newRunId('selfcheck', new Date());
  const options = parseOptions({ ...LOAD, warmup: warmupS, duration: durationS }, (option) => option);
  const context = { id, ...following };
  await using prepared = await prepare(await workFromOptions(options), context);
  const settled = await settle(prepared, context);
  const bench = { ...context, prepared, settled };
  const playS = warmupS + durationS + PLAY_OVERHEAD_S;
  const tell = (phase: string, playsLeft: number) => following.onProgress({ phase, etaS: playsLeft * playS });

  tell('sending half of the reads to a replica, and delaying it', 2 + rounds * PLAYS_A_ROUND);
  const split = await withStage(bench, 'split', sending(effects.readShare / 100), async (stage, play) => {
    const onTime = await play();
    await delayReplay(stage.cluster.replicas[0]!, effects.lagMs);
    return { onTime, late: await play() };
  });

  tell('burning CPU', rounds * PLAYS_A_ROUND);
  const onBaseline = await withStage(bench, 'baseline', settled.plan.policy, async (stage, play) => {
    const cpu = await watchBurn(stage, burnS);
    const played: EffectRound[] = [];
    for (let round = 0; round < rounds; round++) {
      tell(
        `equal runs, watched and alone · round ${round + 1} of ${rounds}`,
        (rounds - round) * PLAYS_A_ROUND,
      );
      played.push(await playRound(round, play));
    }
    return { cpu, rounds: played };
  });

  return { split, ...onBaseline };
}

type Play = (how?: { monitors: boolean }) => Promise<RunRecord>;

/** Starts a stage, rehearses on it as a run does, and takes it down again. */
async function withStage<T>(
  { settled, prepared, ...context }: RunContext & { prepared: Prepared; settled: Settled },
  side: Side,
  policy: RoutingPolicy,
  use: (stage: Stage, play: Play) => Promise<T>,
): Promise<T> {
  return onStage(prepared, { ...context, side, policy }, async (stage) => {
    requireCapability(stage.cluster, 'superuser', 'The self-check');
    requireCapability(stage.cluster, 'cpu', 'The self-check');
    await stage.rehearse(settled.traceFile);
    const plan = { ...settled.plan, policy };
    const quiet = { ...context, onProgress: () => {} };
    const about = { ...quiet, ...settled, prepared, side, plan, keepAnswers: false };
    const removeNewOrders = await newOrders(stage.cluster.primary);
    return use(stage, async (how) => {
      await removeNewOrders();
      const { record } = await measureOn(stage, { ...about, ...how });
      refuseHeldUp(record, 'The self-check');
      return record;
    });
  });
}

/** The trace names the orders that it places, so it can be played again when they are gone: what removes those to come. */
async function newOrders({ admin, app }: Node): Promise<() => Promise<unknown>> {
  const query = (sql: string) =>
    withClient({ ...admin, database: app.database }, async (client) => (await client.query(sql)).rows);
  const [{ last }] = await query('SELECT max(id) AS last FROM orders');
  return () =>
    query(`
      DELETE FROM payments WHERE order_id > ${last};
      DELETE FROM order_events WHERE order_id > ${last};
      DELETE FROM order_lines WHERE order_id > ${last};
      DELETE FROM orders WHERE id > ${last}`);
}

/** All reads alike, counted off: no session is tied to the primary, whatever it wrote. */
function sending(share: number): RoutingPolicy {
  const rule: RouteRule = { target: 'replica', primaryShare: 1 - share, consistency: 'none' };
  return {
    name: 'counted-off',
    description: 'A share of the reads goes to the replica.',
    categories: { read: rule, analytics: rule, realtime: rule },
  };
}

async function delayReplay(replica: Node, delayMs: number): Promise<void> {
  await withClient(replica.admin, async (client) => {
    await client.query(`ALTER SYSTEM SET recovery_min_apply_delay = '${delayMs}ms'`);
    await client.query('SELECT pg_reload_conf()');
  });
}

const IDLE_S = 1;
/** A reading to either side of the burn. */
const MARGIN_S = 0.3;

/** Burns the primary's CPU under observation. What the idle node uses meanwhile is not of the burn. */
async function watchBurn(stage: Stage, wallSeconds: number): Promise<BurntCpu> {
  await using watch = await startWatch(stage, { monitors: false });
  const seen = (startMs: number, endMs: number) => {
    const found = watch.result({ startMs, endMs });
    refuseHeldUp(found, 'The self-check');
    return nodeOf(found, 'primary')!.cpuSeconds ?? Number.NaN;
  };
  await sleep(MARGIN_S * 1000);
  const idleFrom = epochMs();
  await sleep(IDLE_S * 1000);
  const from = epochMs();
  const burnt = await burnCpu(stage.cluster.primary, wallSeconds);
  await sleep(MARGIN_S * 1000);
  const to = epochMs();
  await sleep(MARGIN_S * 1000);
  await watch.stop();
  const idle = seen(idleFrom, from) * ((to - from) / (from - idleFrom));
  return { burnt, seen: seen(from, to) - idle };
}

/**
 * Keeps one of a server's processes busy.
 * @returns the CPU seconds that this took by the server's own account: getrusage of the process, which PostgreSQL logs
 */
async function burnCpu({ admin }: Node, wallSeconds: number): Promise<number> {
  let cpuSeconds: number | null = null;
  await withClient(admin, async (client) => {
    client.on('notice', ({ message, detail }) => {
      if (message !== 'QUERY STATISTICS') return;
      // The first line is of the statement, what follows of the process since its start.
      const found = /([\d.]+) s user, ([\d.]+) s system/.exec(detail ?? '');
      if (found) cpuSeconds = Number(found[1]) + Number(found[2]);
    });
    await client.query('SET client_min_messages = log');
    await client.query('SET log_statement_stats = on');
    await client.query(`DO $$
      DECLARE ends timestamptz := clock_timestamp() + make_interval(secs => ${wallSeconds});
      BEGIN
        WHILE clock_timestamp() < ends LOOP NULL; END LOOP;
      END $$`);
  });
  if (cpuSeconds !== null) return cpuSeconds;
  throw new BenchError('BURN_UNKNOWN', 'PostgreSQL did not say how much CPU a statement took.', {
    exitCode: 4,
  });
}

/** Two watched plays and one alone, in an order that gives none of them the better place over several rounds. */
async function playRound(round: number, play: Play): Promise<EffectRound> {
  const aloneAt = round % PLAYS_A_ROUND;
  const records: RunRecord[] = [];
  for (let at = 0; at < PLAYS_A_ROUND; at++) records.push(await play({ monitors: at !== aloneAt }));
  const [alone] = records.splice(aloneAt, 1);
  const [first, second] = records;
  return { watched: round % 2 === 0 ? [first!, second!] : [second!, first!], alone: alone! };
}
