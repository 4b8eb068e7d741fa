import { CATEGORIES } from '../../record/pure.js';
import { PRIORITY } from './analysis.js';
import type { SortedStatement } from './event-sorter.js';
import type { CapturedDatabase } from './session.js';

/** A session of the log, as the trace needs to know it. */
export interface LoggedSession {
  database: string;
  user: string;
  /** How many of its statements go into the trace. */
  statements: number;
  /** Which of them failed, by their places among them, in order. */
  failures: { place: number /** '' if the log does not say it. */; sqlState: string }[];
}

/** What shows once all lines are written. */
export interface TraceFacts {
  /** The largest number of sessions between their first and last statement at any one time. */
  peak: number;
  /** The longest time without a statement, and the line of the trace that ends it. */
  longestPause: { seconds: number; line: number };
}

const BATCH_BYTES = 1 << 18;

/**
 * The trace's lines of one database.
 * @param statements in the order of their start
 * @param sessions those of each part of the log
 * @returns whole lines, many at a time; a batch holds until the next one is asked for
 */
export function* traceLines(
  statements: Iterable<SortedStatement>,
  sessions: LoggedSession[][],
  database: CapturedDatabase,
  { facts, signal }: { facts: TraceFacts; signal: AbortSignal | undefined },
): Generator<Uint8Array> {
  const heads = CATEGORIES.map((name) => `,"category":"${name}","priority":"${PRIORITY[name]}","sql":`);
  const bySession = sessions.map((part) => part.map((session) => new PlayedSession(session)));
  let batch = Buffer.allocUnsafe(BATCH_BYTES);
  let filled = 0;
  let numbered = 0;
  let open = 0;
  let closing = 0;
  let nowUs = 0;
  // The first is the header's.
  let line = 1;
  for (const { startUs, part, session: index, category, buffer, sqlStart, sqlEnd } of statements) {
    const session = bySession[part]![index]!;
    if (session.logged.database !== database.name) continue;
    const dueUs = Math.round(startUs - database.firstUs);
    line++;
    if (dueUs > nowUs) {
      signal?.throwIfAborted();
      open -= closing;
      closing = 0;
      const seconds = (dueUs - nowUs) / 1e6;
      if (seconds > facts.longestPause.seconds) facts.longestPause = { seconds, line };
      nowUs = dueUs;
    }
    const isFirst = session.number === 0;
    if (isFirst) {
      session.number = ++numbered;
      facts.peak = Math.max(facts.peak, ++open);
    }
    const head = `{"dueUs":${dueUs},"session":${session.number}${heads[category]}`;
    const tail = `${session.next(isFirst)}}\n`;
    if (session.isDone) closing++;

    const most = head.length + (sqlEnd - sqlStart) + tail.length * 3;
    if (filled + most > batch.length) {
      yield batch.subarray(0, filled);
      filled = 0;
      if (most > batch.length) batch = Buffer.allocUnsafe(most);
    }
    filled += batch.write(head, filled, 'latin1');
    filled += buffer.copy(batch, filled, sqlStart, sqlEnd);
    filled += batch.write(tail, filled);
  }
  yield batch.subarray(0, filled);
}

/** A session, as far as it is written. */
class PlayedSession {
  /** In the trace; 0 until its first statement is written. */
  number = 0;
  #written = 0;
  #failed = 0;

  constructor(readonly logged: LoggedSession) {}

  get isDone(): boolean {
    return this.#written === this.logged.statements;
  }

  /** What the line of its next statement tells beside the statement. */
  next(isFirst: boolean): string {
    const { user, failures } = this.logged;
    const failure = failures[this.#failed];
    const failed = failure?.place === this.#written++ ? failure.sqlState : undefined;
    if (failed !== undefined) this.#failed++;
    return (
      (isFirst && user !== '' ? `,"user":${JSON.stringify(user)}` : '') +
      (!failed ? '' : `,"failed":${JSON.stringify(failed)}`)
    );
  }
}
