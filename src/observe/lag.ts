import pg from 'pg';
import type { Node } from '../cluster/index.js';
import type { LagObservation } from '../record/pure.js';
import { cutConnection, parseLsn, visibleAt } from '../router/nodes/index.js';
import { every, nowMs, type Observer, type TimeWindow } from './observer.js';
import { mean, summarizeMs } from './summary.js';

/** A marker that the replica hasn't replayed after this long is given up and counted as unseen. */
const GIVE_UP_MS = 10_000;
const MARKER_INTERVAL_MS = 200;
const POLL_PAUSE_MS = 1;
/** A server that hangs must not keep the watching from its end. */
const PATIENCE_MS = 2000;

interface Sample {
  tMs: number;
  bytes: number;
  streaming: boolean;
  writeMs: number | null;
  flushMs: number | null;
  replayMs: number | null;
}

/**
 * Watches replication. Five times a second a marker is committed on the primary, and the replica's replay position is
 * polled until it has passed it: commit-to-visible time. Just behind each marker, in the same message, the bytes
 * behind and pg_stat_replication's own figures are asked for; the position in that answer is the marker's too. (To wake
 * a server for a question costs it more than the answer.) In the baseline the primary is asked the same, so that
 * watching costs both sides alike.
 */
export function observeLag(primary: Node, replica: Node | undefined): Observer<LagObservation | null> {
  const seen: { tMs: number; lagMs: number }[] = [];
  const givenUp: number[] = [];
  const samples: Sample[] = [];
  const outstanding: { committedMs: number; lsn: number }[] = [];
  const clients: pg.Client[] = [];
  let ticker: { stop(): Promise<void> } | undefined;
  let stopping = false;
  let polling: Promise<void> | undefined;

  async function connect(node: Node, options: pg.ClientConfig = {}): Promise<pg.Client> {
    const client = new pg.Client({
      ...node.monitor,
      application_name: 'splitbench-lag',
      query_timeout: PATIENCE_MS,
      ...options,
    });
    client.on('error', () => {}); // a server that goes away shows as missing samples
    clients.push(client);
    await client.connect();
    return client;
  }

  async function poll(client: pg.Client) {
    while (outstanding.length > 0 && !stopping) {
      const answer = await client
        .query({ name: 'replay', text: 'SELECT pg_last_wal_replay_lsn() AS lsn' })
        .catch(() => null);
      const at = nowMs();
      const replayed = answer?.rows[0]?.lsn ? parseLsn(answer.rows[0].lsn) : 0;
      while (outstanding.length > 0 && outstanding[0]!.lsn <= replayed) {
        const marker = outstanding.shift()!;
        seen.push({ tMs: marker.committedMs, lagMs: at - marker.committedMs });
      }
      while (outstanding.length > 0 && at - outstanding[0]!.committedMs > GIVE_UP_MS) {
        givenUp.push(outstanding.shift()!.committedMs);
      }
      if (outstanding.length > 0)
        await new Promise((resolve) => setTimeout(resolve, answer ? POLL_PAUSE_MS : 50));
    }
    polling = undefined;
  }

  return {
    name: 'lag',
    async start() {
      const asker = await connect(primary, { pipeline: true });
      const replayed = replica && (await connect(replica));
      ticker = every(MARKER_INTERVAL_MS, async () => {
        const [committedMs, { rows }] = await Promise.all([
          asker.query({ name: 'marker', text: MARKER }).then(nowMs),
          asker.query({ name: 'replication', text: REPLICATION }),
        ]);
        const row = rows[0];
        if (!replayed) return;
        samples.push({
          tMs: nowMs(),
          bytes: row.replay_lsn ? Math.max(0, parseLsn(row.lsn) - parseLsn(row.replay_lsn)) : Number.NaN,
          streaming: row.state === 'streaming',
          writeMs: row.write_ms,
          flushMs: row.flush_ms,
          replayMs: row.replay_ms,
        });
        outstanding.push({ committedMs, lsn: visibleAt(parseLsn(row.lsn)) });
        polling ??= poll(replayed);
      });
    },
    async stop() {
      await ticker?.stop();
      ticker = undefined;
      stopping = true;
      await polling;
      // Without a goodbye, for which a server that hangs would be waited.
      for (const client of clients.splice(0)) cutConnection(client);
    },
    result: (window) => (replica ? observation(seen, givenUp, samples, window) : null),
    async [Symbol.asyncDispose]() {
      await this.stop();
    },
  };
}

/** Fewer than half of the samples are no slow machine: the primary was no longer there to be asked. */
function leastSamples({ startMs, endMs }: TimeWindow): number {
  return Math.max(1, (endMs - startMs) / MARKER_INTERVAL_MS / 2);
}

const MARKER = `SELECT pg_logical_emit_message(true, 'splitbench', '')`;

/** The function behind the view pg_stat_replication, without its joins, which cost half as much again. */
const REPLICATION = `
  SELECT pg_current_wal_flush_lsn() AS lsn, r.state, r.replay_lsn,
         (extract(epoch FROM r.write_lag) * 1000)::float8 AS write_ms,
         (extract(epoch FROM r.flush_lag) * 1000)::float8 AS flush_ms,
         (extract(epoch FROM r.replay_lag) * 1000)::float8 AS replay_ms
  FROM (SELECT 1) AS one LEFT JOIN pg_stat_get_wal_senders() AS r ON true LIMIT 1`;

function observation(
  seen: { tMs: number; lagMs: number }[],
  givenUp: number[],
  samples: Sample[],
  window: TimeWindow,
): LagObservation {
  const inside = (tMs: number) => tMs >= window.startMs && tMs <= window.endMs;
  const within = samples.filter((s) => inside(s.tMs));
  const known = within.filter((s) => !Number.isNaN(s.bytes)).map((s) => s.bytes);
  const meanOf = (pick: (s: Sample) => number | null) => {
    const values = within.map(pick).filter((v): v is number => v !== null);
    return values.length ? mean(values) : null;
  };
  const plotted = samples.filter((s) => !Number.isNaN(s.bytes));
  return {
    commitToVisible: summarizeMs(seen.filter((s) => inside(s.tMs)).map((s) => s.lagMs)),
    unseen: givenUp.filter(inside).length,
    series: {
      tMs: seen.map((s) => Math.round(s.tMs - window.startMs)),
      lagMs: seen.map((s) => Math.round(s.lagMs * 1000) / 1000),
    },
    bytesBehind: {
      tMs: plotted.map((s) => Math.round(s.tMs - window.startMs)),
      bytes: plotted.map((s) => s.bytes),
      mean: known.length ? mean(known) : 0,
      max: known.length ? Math.max(...known) : 0,
    },
    pgStatReplication: {
      writeLagMs: meanOf((s) => s.writeMs),
      flushLagMs: meanOf((s) => s.flushMs),
      replayLagMs: meanOf((s) => s.replayMs),
    },
    streamingShare: within.filter((s) => s.streaming).length / Math.max(within.length, leastSamples(window)),
  };
}
