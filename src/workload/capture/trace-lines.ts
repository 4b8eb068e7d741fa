import { CATEGORIES } from '../../record/pure.js';
import { PRIORITY } from './analysis.js';
import { FAILURE, type SortedStatement } from './event-sorter.js';
import type { CapturedDatabase } from './session.js';
import type { LoggedSessions } from './sessions.js';

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
  sessions: LoggedSessions[],
  database: CapturedDatabase,
  { facts, signal }: { facts: TraceFacts; signal: AbortSignal | undefined },
): Generator<Uint8Array> {
  const heads = CATEGORIES.map((name) => `,"category":"${name}","priority":"${PRIORITY[name]}","sql":`);
  const parts = sessions.map((part) => new PlayedSessions(part, database.name));
  let batch = Buffer.allocUnsafe(BATCH_BYTES);
  let filled = 0;
  let numbered = 0;
  let open = 0;
  let closing = 0;
  let nowUs = 0;
  // The first is the header's.
  let line = 1;
  /** What the next statement's line says of its failure. */
  let failed = '';
  for (const { startUs, part, session: index, category, buffer, sqlStart, sqlEnd } of statements) {
    if (category === FAILURE) {
      failed = `,"failed":${JSON.stringify(buffer.toString('utf8', sqlStart, sqlEnd))}`;
      continue;
    }
    const failure = failed;
    failed = '';
    const played = parts[part]!;
    if (!played.has(index)) continue;
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
    const isFirst = played.numbers[index] === 0;
    if (isFirst) {
      played.numbers[index] = ++numbered;
      facts.peak = Math.max(facts.peak, ++open);
    }
    const head = `{"dueUs":${dueUs},"session":${played.numbers[index]}${heads[category]}`;
    const tail = `${isFirst ? played.userOf(index) : ''}${failure}}\n`;
    if (played.countsLast(index)) closing++;

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

/** The sessions of a part, as far as they are written. */
class PlayedSessions {
  /** In the trace; 0 until a session's first statement is written. */
  readonly numbers: Uint32Array;
  readonly #written: Uint32Array;
  /** By client: what the first line of its sessions says; undefined if it is of another database. */
  readonly #users: (string | undefined)[];

  constructor(
    private readonly logged: LoggedSessions,
    databaseName: string,
  ) {
    this.numbers = new Uint32Array(logged.statements.length);
    this.#written = new Uint32Array(logged.statements.length);
    this.#users = logged.clients.map(({ database, user }) => {
      if (database !== databaseName) return undefined;
      return user === '' ? '' : `,"user":${JSON.stringify(user)}`;
    });
  }

  /** Whether a session is of the database that is played. */
  has(index: number): boolean {
    return this.userOf(index) !== undefined;
  }

  userOf(index: number): string | undefined {
    return this.#users[this.logged.clientOf[index]!];
  }

  /** Counts a statement that is written. @returns whether it is the session's last */
  countsLast(index: number): boolean {
    this.#written[index]! += 1;
    return this.#written[index] === this.logged.statements[index];
  }
}
