import { setTimeout as sleep } from 'node:timers/promises';
import type { Node } from '../cluster/index.js';
import { epochMs, meanOf } from '../machine/pure.js';
import type { LagObservation } from '../record/pure.js';
import { parseLsn, visibleAt } from '../router/nodes/index.js';
import { every } from './every.js';
import type { Observer, TimeWindow } from './observer.js';
import { SteadyClient } from './steady-client.js';
import { isWithin, longestGapMs, sinceStart, summarizeMs } from './summary.js';

/** A marker that the replica hasn't replayed after this long is given up: it counts as unseen, and as this long. */
const GIVE_UP_MS = 10_000;
const MARKER_INTERVAL_MS = 200;
const POLL_PAUSE_MS = 1;
/** The same while the replica doesn't answer. */
const NO_ANSWER_PAUSE_MS = 50;

/**
 * Watches replication. Five times a second a marker is committed on the primary, and each replica's replay position is
 * polled until it has passed it: commit-to-visible time. Just behind each marker, in the same message, the bytes
 * behind and pg_stat_replication's own figures are asked for; the position in that answer is the marker's too. (To wake
 * a server for a question costs it more than the answer.) In the baseline the primary is asked the same, so that
 * watching costs both sides alike. Where nothing may be written there are no markers: the primary is asked how far it has
 * flushed its WAL, and the replicas until they have replayed that.
 */
export const lag: Observer<LagObservation | null> = {
  ifLeftOut: null,
  async start({ cluster: { primary, replicas, capabilities }, onMishap = () => {} }) {
    const marked = capabilities.writes;
    const asked: number[] = [];
    const connectTo = (node: Node, pipeline: boolean) =>
      new SteadyClient(node, { application_name: 'splitbench-lag', pipeline }, onMishap);
    const asker = connectTo(primary, true);
    const followers = replicas.map((node) => {
      const seen: Seen = { marked, markers: [], givenUp: [], asked, samples: [] };
      const client = connectTo(node, false);
      return { node, seen, client, ...follow(client, seen, () => onMishap(notShown(node))) };
    });
    const close = () => {
      for (const client of [asker, ...followers.map((follower) => follower.client)]) client.cut();
    };
    try {
      await asker.ask(REACHED);
      for (const { client } of followers) await client.ask(REACHED);
    } catch (error) {
      close();
      throw error;
    }
    const findSenders = senderFinder(asker, replicas);
    /** The processes on the primary that send to each replica. */
    const sending = new Map<Node, number | null>();
    const ticker = every(MARKER_INTERVAL_MS, async () => {
      const tMs = epochMs();
      asked.push(tMs);
      const [committedMs, { rows }] = await asker.ask((client) =>
        Promise.all([
          marked ? client.query({ name: 'marker', text: MARKER }).then(epochMs) : tMs,
          client.query<Sender>({ name: 'replication', text: REPLICATION }),
        ]),
      );
      const { lsn } = rows[0]!;
      const senders = await findSenders(rows);
      const someUnknown = rows.filter(({ pid }) => pid !== null).length > senders.size;
      for (const { node, seen, replayed, expect } of followers) {
        const { pid = null, state = null, replay_lsn = null, replay_ms = null } = senders.get(node) ?? {};
        // Of a sender whose state is hidden from this role, there is its process alone; of one that can't be told from others, none.
        const isHidden = state === null && (pid !== null || someUnknown);
        const now = state === 'streaming' ? pid : null;
        const before = sending.get(node) ?? null;
        if (before !== null && before !== now) onMishap(streamLost(node));
        sending.set(node, now);
        const position = isHidden ? replayed() : replay_lsn && parseLsn(replay_lsn);
        seen.samples.push({
          tMs,
          bytes: position ? Math.max(0, parseLsn(lsn) - position) : null,
          streaming: isHidden ? null : state === 'streaming',
          replayMs: replay_ms,
        });
        expect({ committedMs, lsn: visibleAt(parseLsn(lsn)) });
      }
    });
    return {
      latest() {
        const lately = followers.flatMap(({ seen }) => seen.markers.slice(-1000 / MARKER_INTERVAL_MS));
        return lately.length > 0 ? { lagMs: meanOf(lately.map(({ lagMs }) => lagMs)) } : {};
      },
      async stop() {
        await ticker.stop();
        await Promise.all(followers.map((follower) => follower.stop()));
        close();
      },
      result(window) {
        const [worst, ...others] = followers
          .map(({ node, seen }) => ({ node, found: observation(node, seen, window) }))
          // One that is kept for reports may be behind for as long as one of them takes.
          .sort((a, b) => rank(a.node) - rank(b.node) || meanLag(b.found) - meanLag(a.found))
          .map(({ found }) => found);
        if (!worst) return null;
        return others.length > 0 ? { ...worst, others } : worst;
      },
    };
  },
};

const timesOf = (list: readonly { tMs: number }[]) => list.map(({ tMs }) => tMs);
const rank = ({ reservedFor }: Node) => (reservedFor === undefined ? 0 : 1);
const meanLag = ({ commitToVisible }: LagObservation) => commitToVisible.meanMs;

/** A row of {@link REPLICATION}: how far the primary is, and a process that sends to a standby; null where there is none. */
interface Sender {
  lsn: string;
  pid: number | null;
  state: string | null;
  replay_lsn: string | null;
  replay_ms: number | null;
}

/**
 * What finds the process that sends to each replica. On servers of the bench's own a single one sends to the single replica; of
 * several each is known by the name that its standby gives itself (application_name), which is asked for when a process is new.
 */
function senderFinder(asker: SteadyClient, replicas: readonly Node[]) {
  const names = new Map<number, string>();
  return async (rows: readonly Sender[]): Promise<Map<Node, Sender>> => {
    const senders = rows.filter(({ pid }) => pid !== null);
    const [replica] = replicas;
    if (replicas.length === 1 && replica!.standbyName === undefined)
      return new Map(senders.slice(0, 1).map((sender) => [replica!, sender]));
    if (replicas.length > 0 && senders.some(({ pid }) => !names.has(pid!))) {
      const { rows: told } = await asker.ask((client) =>
        client.query<{ pid: number; name: string | null }>({ name: 'senders', text: SENDERS }),
      );
      for (const { pid, name } of told) names.set(pid, name ?? '');
    }
    const found = (node: Node) =>
      senders.find(({ pid }) => names.get(pid!) === (node.standbyName ?? node.name));
    return new Map(
      replicas.flatMap((node): [Node, Sender][] => {
        const sender = found(node);
        return sender ? [[node, sender]] : [];
      }),
    );
  };
}

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

const streamLost = ({ name }: Node) =>
  `The ${name} lost its connection to the primary while it was measured: what it answered then was out of date.`;

const notShown = ({ name }: Node) =>
  `The ${name} did not show a commit within ${GIVE_UP_MS / 1000} s: it stood still or was far behind. ` +
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

/** The function behind the view pg_stat_replication, without its joins, which cost half as much again. */
const REPLICATION = `
  SELECT now.lsn, r.pid, r.state, r.replay_lsn,
         (extract(epoch FROM r.replay_lag) * 1000)::float8 AS replay_ms
  FROM (SELECT pg_current_wal_flush_lsn() AS lsn OFFSET 0) AS now LEFT JOIN pg_stat_get_wal_senders() AS r ON true`;

const SENDERS = `
  SELECT pid, application_name AS name FROM pg_stat_get_activity(NULL) WHERE backend_type = 'walsender'`;

function observation(
  { name }: Node,
  { marked, markers, givenUp, asked, samples }: Seen,
  window: TimeWindow,
): LagObservation {
  const inside = (tMs: number) => isWithin(tMs, window);
  const within = samples.filter(({ tMs }) => inside(tMs));
  const known = within.filter(({ streaming }) => streaming !== null);
  // What was asked and not answered counts as a no; what is hidden, not at all.
  const times = asked.filter(inside).length - (within.length - known.length);
  const meanWithin = (pick: (sample: Sample) => number | null) => {
    const values = within.map(pick).filter((value) => value !== null);
    return values.length > 0 ? meanOf(values) : null;
  };
  return {
    node: name,
    ...(!marked && { followed: 'positions' as const }),
    commitToVisible: summarizeMs(markers.filter(({ tMs }) => inside(tMs)).map(({ lagMs }) => lagMs)),
    unseen: givenUp.filter(inside).length,
    series: {
      tMs: sinceStart(timesOf(markers), window),
      lagMs: markers.map(({ lagMs }) => Math.round(lagMs * 1000) / 1000),
    },
    bytesBehindMean: meanWithin(({ bytes }) => bytes) ?? 0,
    reportedReplayMs: meanWithin(({ replayMs }) => replayMs),
    // While nobody asked, it may have streamed all the same.
    streamingShare: times > 0 ? known.filter(({ streaming }) => streaming).length / times : null,
    longestGapMs: longestGapMs(timesOf(samples), window),
  };
}
