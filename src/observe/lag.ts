import { setTimeout as sleep } from 'node:timers/promises';
import type { Node } from '../cluster/index.js';
import { epochMs } from '../machine/pure.js';
import type { LagObservation } from '../record/pure.js';
import { parseLsn, visibleAt } from '../router/nodes/index.js';
import { every } from './every.js';
import type { Observer, TimeWindow } from './observer.js';
import { SteadyClient } from './steady-client.js';
import { longestGapMs, mean, summarizeMs } from './summary.js';

/** A marker that the replica hasn't replayed after this long is given up: it counts as unseen, and as this long. */
const GIVE_UP_MS = 10_000;
const MARKER_INTERVAL_MS = 200;
const POLL_PAUSE_MS = 1;
/** The same while the replica doesn't answer. */
const NO_ANSWER_PAUSE_MS = 50;

/**
 * Watches replication. Five times a second a marker is committed on the primary, and the replica's replay position is
 * polled until it has passed it: commit-to-visible time. Just behind each marker, in the same message, the bytes
 * behind and pg_stat_replication's own figures are asked for; the position in that answer is the marker's too. (To wake
 * a server for a question costs it more than the answer.) In the baseline the primary is asked the same, so that
 * watching costs both sides alike. Where nothing may be written there are no markers: the primary is asked how far it has
 * flushed its WAL, and the replica until it has replayed that.
 */
export const lag: Observer<LagObservation | null> = {
  ifLeftOut: null,
  async start({ cluster: { primary, replicas, capabilities }, onMishap = () => {} }) {
    const seen: Seen = { marked: capabilities.writes, markers: [], givenUp: [], asked: [], samples: [] };
    const connectTo = (node: Node, pipeline: boolean) =>
      new SteadyClient(node, { application_name: 'splitbench-lag', pipeline }, onMishap);
    const asker = connectTo(primary, true);
    const replica = replicas[0] && connectTo(replicas[0], false);
    const close = () => {
      for (const client of [asker, replica]) client?.cut();
    };
    try {
      await asker.ask(REACHED);
      await replica?.ask(REACHED);
    } catch (error) {
      close();
      throw error;
    }
    const follower = replica && follow(replica, seen, () => onMishap(NOT_SHOWN));
    const question = replicationOf(replicas[0]);
    /** The process on the primary that sends to the replica. */
    let sender: number | null = null;
    const ticker = every(MARKER_INTERVAL_MS, async () => {
      const tMs = epochMs();
      seen.asked.push(tMs);
      const [committedMs, { rows }] = await asker.ask((client) =>
        Promise.all([
          seen.marked ? client.query({ name: 'marker', text: MARKER }).then(epochMs) : tMs,
          client.query({ name: 'replication', ...question }),
        ]),
      );
      const { lsn, pid, state, replay_lsn, replay_ms } = rows[0];
      if (!follower) return;
      // Of a sender whose state is hidden from this role, there is its process alone.
      const isHidden = pid !== null && state === null;
      const now: number | null = state === 'streaming' ? pid : null;
      if (sender !== null && sender !== now) onMishap(STREAM_LOST);
      sender = now;
      const replayed = isHidden ? follower.replayed() : replay_lsn && parseLsn(replay_lsn);
      seen.samples.push({
        tMs,
        bytes: replayed ? Math.max(0, parseLsn(lsn) - replayed) : null,
        streaming: isHidden ? null : state === 'streaming',
        replayMs: replay_ms,
      });
      follower.expect({ committedMs, lsn: visibleAt(parseLsn(lsn)) });
    });
    return {
      latest() {
        const lately = seen.markers.slice(-1000 / MARKER_INTERVAL_MS);
        return lately.length > 0 ? { lagMs: mean(lately.map(({ lagMs }) => lagMs)) } : {};
      },
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
  /** Whether markers are written; else the primary's own positions are followed, whoever writes. */
  marked: boolean;
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
  /** Null where this role may not know. */
  streaming: boolean | null;
  replayMs: number | null;
}

interface Marker {
  committedMs: number;
  lsn: number;
}

const STREAM_LOST =
  'The replica lost its connection to the primary while it was measured: what it answered then was out of date.';

const NOT_SHOWN =
  `The replica did not show a commit within ${GIVE_UP_MS / 1000} s: it stood still or was far behind. ` +
  'Each such commit counts as having taken that long.';

/** Polls a replica's replay position for as long as there are markers that it hasn't replayed. */
function follow(replica: SteadyClient, seen: Seen, onGivenUp: () => void) {
  const outstanding: Marker[] = [];
  let replayedLsn = 0;
  let stopping = false;
  let polling: Promise<void> | undefined;
  /** False where the replica gives no answer. */
  async function look(): Promise<boolean> {
    const lsn = await replica
      .ask((client) => client.query({ name: 'replay', text: REPLAYED }))
      .then(
        ({ rows }): string | null => rows[0]?.lsn ?? null,
        () => null,
      );
    const at = epochMs();
    const replayed = lsn === null ? 0 : parseLsn(lsn);
    replayedLsn = Math.max(replayedLsn, replayed);
    while (outstanding.length > 0 && outstanding[0]!.lsn <= replayed) {
      const { committedMs } = outstanding.shift()!;
      seen.markers.push({ tMs: committedMs, lagMs: at - committedMs });
    }
    while (outstanding.length > 0 && at - outstanding[0]!.committedMs > GIVE_UP_MS) {
      giveUp(outstanding.shift()!, GIVE_UP_MS);
      if (lsn !== null) onGivenUp();
    }
    return lsn !== null;
  }
  /** To leave it out would make a replica that stalls look fast. */
  function giveUp({ committedMs }: Marker, afterMs: number) {
    seen.givenUp.push(committedMs);
    seen.markers.push({ tMs: committedMs, lagMs: afterMs });
  }
  async function poll() {
    while (outstanding.length > 0 && !stopping) {
      const answered = await look();
      if (outstanding.length > 0) await sleep(answered ? POLL_PAUSE_MS : NO_ANSWER_PAUSE_MS);
    }
    polling = undefined;
  }
  return {
    /** How far it was when it was asked last. */
    replayed: () => replayedLsn,
    expect(marker: Marker) {
      outstanding.push(marker);
      polling ??= poll();
    },
    async stop() {
      stopping = true;
      await polling;
      // What is not shown by now took at least until now.
      if (outstanding.length > 0) await look();
      const nowMs = epochMs();
      for (const marker of outstanding.splice(0)) giveUp(marker, nowMs - marker.committedMs);
    },
  };
}

/** A question that the server has answered once there is a connection. */
const REACHED = async () => {};

const REPLAYED = 'SELECT pg_last_wal_replay_lsn() AS lsn';

const MARKER = `SELECT pg_logical_emit_message(true, 'splitbench', '')`;

/**
 * The function behind the view pg_stat_replication, without its joins, which cost half as much again. Where the primary has other
 * standbys too, the replica's sender is the one that goes by its name.
 */
function replicationOf(replica: Node | undefined): { text: string; values: string[] } {
  const name = replica?.standbyName;
  const isIt =
    name === undefined ? 'true' : '$1 = (SELECT application_name FROM pg_stat_get_activity(r.pid))';
  const text = `
    SELECT pg_current_wal_flush_lsn() AS lsn, r.pid, r.state, r.replay_lsn,
           (extract(epoch FROM r.replay_lag) * 1000)::float8 AS replay_ms
    FROM (SELECT 1) AS one LEFT JOIN pg_stat_get_wal_senders() AS r ON ${isIt} LIMIT 1`;
  return { text, values: name === undefined ? [] : [name] };
}

function observation({ marked, markers, givenUp, asked, samples }: Seen, window: TimeWindow): LagObservation {
  const inside = (tMs: number) => tMs >= window.startMs && tMs <= window.endMs;
  const within = samples.filter(({ tMs }) => inside(tMs));
  const known = within.filter(({ streaming }) => streaming !== null);
  // What was asked and not answered counts as a no; what is hidden, not at all.
  const times = asked.filter(inside).length - (within.length - known.length);
  const meanOf = (pick: (sample: Sample) => number | null) => {
    const values = within.map(pick).filter((value) => value !== null);
    return values.length > 0 ? mean(values) : null;
  };
  return {
    ...(!marked && { followed: 'positions' as const }),
    commitToVisible: summarizeMs(markers.filter(({ tMs }) => inside(tMs)).map(({ lagMs }) => lagMs)),
    unseen: givenUp.filter(inside).length,
    series: {
      tMs: markers.map(({ tMs }) => Math.round(tMs - window.startMs)),
      lagMs: markers.map(({ lagMs }) => Math.round(lagMs * 1000) / 1000),
    },
    bytesBehindMean: meanOf(({ bytes }) => bytes) ?? 0,
    reportedReplayMs: meanOf(({ replayMs }) => replayMs),
    // While nobody asked, it may have streamed all the same.
    streamingShare: times > 0 ? known.filter(({ streaming }) => streaming).length / times : null,
    longestGapMs: longestGapMs(
      samples.map(({ tMs }) => tMs),
      window,
    ),
  };
}
