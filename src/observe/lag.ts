import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Node } from '../cluster/index.js';
import { epochMs } from '../machine/pure.js';
import type { LagObservation } from '../record/pure.js';
import { cutConnection, parseLsn, visibleAt } from '../router/nodes/index.js';
import { every } from './every.js';
import type { Observer, TimeWindow } from './observer.js';
import { longestGapMs, mean, summarizeMs } from './summary.js';

/** A marker that the replica hasn't replayed after this long is given up: it counts as unseen, and as this long. */
const GIVE_UP_MS = 10_000;
const MARKER_INTERVAL_MS = 200;
const POLL_PAUSE_MS = 1;
/** The same while the replica doesn't answer. */
const NO_ANSWER_PAUSE_MS = 50;
/** A server that hangs must not keep the watching from its end. */
const PATIENCE_MS = 2000;

/**
 * Watches replication. Five times a second a marker is committed on the primary, and the replica's replay position is
 * polled until it has passed it: commit-to-visible time. Just behind each marker, in the same message, the bytes
 * behind and pg_stat_replication's own figures are asked for; the position in that answer is the marker's too. (To wake
 * a server for a question costs it more than the answer.) In the baseline the primary is asked the same, so that
 * watching costs both sides alike.
 */
export const lag: Observer<LagObservation | null> = {
  ifLeftOut: null,
  async start({ cluster: { primary, replicas } }) {
    const seen: Seen = { markers: [], givenUp: [], asked: [], samples: [] };
    const asker = clientOf(primary, { pipeline: true });
    const replica = replicas[0] && clientOf(replicas[0]);
    // Without a goodbye, for which a server that hangs would be waited.
    const close = () => {
      for (const client of [asker, replica]) if (client) cutConnection(client);
    };
    try {
      await asker.connect();
      await replica?.connect();
    } catch (error) {
      close();
      throw error;
    }
    const follower = replica && follow(replica, seen);
    const ticker = every(MARKER_INTERVAL_MS, async () => {
      const tMs = epochMs();
      seen.asked.push(tMs);
      const [committedMs, { rows }] = await Promise.all([
        asker.query({ name: 'marker', text: MARKER }).then(epochMs),
        asker.query({ name: 'replication', text: REPLICATION }),
      ]);
      const { lsn, state, replay_lsn, replay_ms } = rows[0];
      if (!follower) return;
      seen.samples.push({
        tMs,
        bytes: replay_lsn ? Math.max(0, parseLsn(lsn) - parseLsn(replay_lsn)) : null,
        streaming: state === 'streaming',
        replayMs: replay_ms,
      });
      follower.expect({ committedMs, lsn: visibleAt(parseLsn(lsn)) });
    });
    return {
      async stop() {
        await ticker.stop();
        await follower?.stop();
        close();
      },
      result: (window) => (follower ? observation(seen, window) : null),
    };
  },
};

interface Seen {
  /** Those given up too. */
  markers: { tMs: number; lagMs: number }[];
  /** When markers were committed that the replica did not replay in time. */
  givenUp: number[];
  /** When the primary was asked, and what it answered. */
  asked: number[];
  samples: Sample[];
}

/** What the primary knew of its replica; null what it did not. */
interface Sample {
  /** When it was asked. */
  tMs: number;
  bytes: number | null;
  streaming: boolean;
  replayMs: number | null;
}

interface Marker {
  committedMs: number;
  lsn: number;
}

function clientOf(node: Node, options: pg.ClientConfig = {}): pg.Client {
  const client = new pg.Client({
    ...node.monitor,
    application_name: 'splitbench-lag',
    query_timeout: PATIENCE_MS,
    ...options,
  });
  client.on('error', () => {}); // a server that goes away shows as missing samples
  return client;
}

/** Polls a replica's replay position for as long as there are markers that it hasn't replayed. */
function follow(replica: pg.Client, seen: Seen) {
  const outstanding: Marker[] = [];
  let stopping = false;
  let polling: Promise<void> | undefined;
  async function poll() {
    while (outstanding.length > 0 && !stopping) {
      const answer = await replica
        .query({ name: 'replay', text: 'SELECT pg_last_wal_replay_lsn() AS lsn' })
        .catch(() => null);
      const at = epochMs();
      const replayed = answer?.rows[0]?.lsn ? parseLsn(answer.rows[0].lsn) : 0;
      while (outstanding.length > 0 && outstanding[0]!.lsn <= replayed) {
        const { committedMs } = outstanding.shift()!;
        seen.markers.push({ tMs: committedMs, lagMs: at - committedMs });
      }
      while (outstanding.length > 0 && at - outstanding[0]!.committedMs > GIVE_UP_MS) {
        const { committedMs } = outstanding.shift()!;
        seen.givenUp.push(committedMs);
        // To leave it out would make a replica that stalls look fast.
        seen.markers.push({ tMs: committedMs, lagMs: GIVE_UP_MS });
      }
      if (outstanding.length > 0) await sleep(answer ? POLL_PAUSE_MS : NO_ANSWER_PAUSE_MS);
    }
    polling = undefined;
  }
  return {
    expect(marker: Marker) {
      outstanding.push(marker);
      polling ??= poll();
    },
    async stop() {
      stopping = true;
      await polling;
    },
  };
}

const MARKER = `SELECT pg_logical_emit_message(true, 'splitbench', '')`;

/** The function behind the view pg_stat_replication, without its joins, which cost half as much again. */
const REPLICATION = `
  SELECT pg_current_wal_flush_lsn() AS lsn, r.state, r.replay_lsn,
         (extract(epoch FROM r.replay_lag) * 1000)::float8 AS replay_ms
  FROM (SELECT 1) AS one LEFT JOIN pg_stat_get_wal_senders() AS r ON true LIMIT 1`;

function observation({ markers, givenUp, asked, samples }: Seen, window: TimeWindow): LagObservation {
  const inside = (tMs: number) => tMs >= window.startMs && tMs <= window.endMs;
  const within = samples.filter(({ tMs }) => inside(tMs));
  const times = asked.filter(inside).length;
  const meanOf = (pick: (sample: Sample) => number | null) => {
    const values = within.map(pick).filter((value) => value !== null);
    return values.length > 0 ? mean(values) : null;
  };
  return {
    commitToVisible: summarizeMs(markers.filter(({ tMs }) => inside(tMs)).map(({ lagMs }) => lagMs)),
    unseen: givenUp.filter(inside).length,
    series: {
      tMs: markers.map(({ tMs }) => Math.round(tMs - window.startMs)),
      lagMs: markers.map(({ lagMs }) => Math.round(lagMs * 1000) / 1000),
    },
    bytesBehindMean: meanOf(({ bytes }) => bytes) ?? 0,
    reportedReplayMs: meanOf(({ replayMs }) => replayMs),
    // No answer counts as a no. While nobody asked, it may have streamed all the same.
    streamingShare: times > 0 ? within.filter(({ streaming }) => streaming).length / times : null,
    longestGapMs: longestGapMs(
      samples.map(({ tMs }) => tMs),
      window,
    ),
  };
}
