import { monotonicMs } from '../../machine/index.js';
import { type PlacedEvent, readSessions, type TraceEvent } from '../../workload/index.js';
import { dueMs } from '../census.js';
import { Sessions } from '../sessions.js';
import { Tally } from '../tally.js';
import { Alarm } from './alarm.js';
import { AnswerLog, type Performed } from './answer-log.js';
import { createPerformerByRole } from './by-role.js';
import { CapturedErrors } from './captured-errors.js';
import { EarlyErrors } from './early-errors.js';
import { createHttpPerformer } from './http.js';
import type { PartJob, PartMessage, PartResult } from './messages.js';
import type { Performer } from './performer.js';
import { ThreadLoad } from './thread-load.js';

/** A share of a trace that is ready to be played. */
export interface Part {
  /** @param zeroMs when the schedule begins, on the clock of `monotonicMs` */
  play(zeroMs: number): Promise<PartResult>;
  /** Sends nothing more. */
  stop(): void;
}

/**
 * Events that may wait for their sessions' answers before reading on waits too: memory stays flat however far the
 * server falls behind. Which session comes next in the trace isn't known then.
 */
const MAX_UNFINISHED = 20_000;

const STATE_EVERY_MS = 100;

/** Connects to what a share of a trace is to be played against. */
export async function preparePart(job: PartJob, say: (message: PartMessage) => void): Promise<Part> {
  const { sessions: dealt } = job.share;
  const performer = await createPerformer(job);
  const alarm = new Alarm();
  const batches = await readSessions(job.traceFile, dealt);
  const answers = job.answers ? new AnswerLog(job.answers) : null;
  const capturedErrors = job.tellsFailures ? new CapturedErrors() : null;
  const earlyErrors = new EarlyErrors();
  const tally = new Tally(job.window);
  let load: ThreadLoad | undefined;
  let zero = 0;
  const now = () => monotonicMs() - zero;
  /** When each session's event was sent, the oldest first. */
  const onTheirWay = new Map<number, number>();
  const unansweredMs = () => {
    const [sentMs] = onTheirWay.values();
    return sentMs === undefined ? 0 : now() - sentMs;
  };
  const sessions = new Sessions<PlacedEvent>(
    now,
    tally,
    (event) => ({
      category: event.category,
      operation: 'operation' in event ? event.operation : '',
      dueMs: dueMs(event, job.speed),
    }),
    async (event) => {
      const skip = 'skip' in event ? event.skip : undefined;
      onTheirWay.set(event.session, now());
      const ended: Performed =
        skip === undefined ? await performer.perform(event) : { end: 'skipped', reason: skip };
      onTheirWay.delete(event.session);
      const performed = capturedErrors && 'sql' in event ? capturedErrors.compare(event, ended) : ended;
      const warning = job.kind === 'sql' ? earlyErrors.note(performed, now()) : null;
      if (warning) say({ type: 'warning', sentence: warning });
      if (event.category !== 'write') answers?.note(event.place, performed);
      const session = dealt.get(event.session)!;
      if (skip === undefined) session.events--;
      // It is over, whatever else of it is not played.
      if (session.events === 0) {
        performer.forget(event.session);
        capturedErrors?.forget(event.session);
      }
      return performed;
    },
    () => load?.isFull ?? false,
  );
  return {
    async play(zeroMs) {
      zero = zeroMs;
      load = new ThreadLoad();
      const { routerStats } = performer;
      const tellState = () => {
        const { ok, failed } = tally.ends;
        const { unfinished } = sessions;
        const state = { ok, failed, unfinished, unansweredMs: unansweredMs(), router: routerStats?.() };
        say({ type: 'state', state });
      };
      const ticks = setInterval(tellState, STATE_EVERY_MS);
      replay: for await (const batch of batches) {
        for (const event of batch) {
          const atMs = zero + dueMs(event, job.speed);
          if (monotonicMs() < atMs || sessions.unfinished >= MAX_UNFINISHED) {
            await untilDue(atMs, alarm, sessions);
          }
          if (sessions.stopped) break replay;
          // Of many that are due at once, the first is on its way before the last is read.
          if (sessions.offer(event)) await null;
        }
      }
      await sessions.idle();
      const busy = load.stop();
      clearInterval(ticks);
      tellState();
      await answers?.close();
      const cutOff = performer.cutOff?.() ?? 0;
      const result = { tally: tally.toJson(), busy, router: routerStats?.(), cutOff };
      await Promise.all([performer.end(), alarm.close()]);
      return result;
    },
    stop: () => sessions.stop(),
  };
}

/** In steps of a second at most, so that a replay that was given up in a long pause ends soon. */
async function untilDue(atMs: number, alarm: Alarm, sessions: Sessions<PlacedEvent>): Promise<void> {
  for (let nowMs = monotonicMs(); nowMs < atMs && !sessions.stopped; nowMs = monotonicMs()) {
    await alarm.at(Math.min(atMs, nowMs + 1000));
  }
  await sessions.holdBack(MAX_UNFINISHED);
}

async function createPerformer({
  target,
  timeoutMs,
  share,
  answers,
  keys,
}: PartJob): Promise<Performer<TraceEvent>> {
  if (target.kind === 'http') {
    return createHttpPerformer({ url: target.url, timeoutMs, keepAnswers: answers !== undefined });
  }
  return createPerformerByRole(target, { timeoutMs, share, keys });
}
