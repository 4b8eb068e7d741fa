import { CATEGORIES } from '../../record/pure.js';
import type { StatementMask } from '../mask/index.js';
import type { Analysis, Analyst } from './analysis.js';
import { type CapturedLog, LogCounts } from './captured-log.js';
import { countEdge, countNumbered, countStart, settingThatLeavesOut } from './coverage.js';
import type { EventSorter } from './event-sorter.js';
import { endsSession, type LogRecord, UNKNOWN_DATABASE } from './log-record.js';
import { failedToBind } from './parameters.js';
import type { Selector } from './selection.js';
import { type BoundStatement, type CapturedSession, count } from './session.js';
import { Sessions } from './sessions.js';
import { type LogEntry, readEntry } from './statements.js';

/** PostgreSQL's severities, untranslated. */
const SEVERITY = /^(LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|DEBUG[1-5]?)$/;

/** A statement to be passed on. */
interface Passed {
  text: string;
  /** What may hold its parameters; undefined where it has none. */
  listing: string | undefined;
  /** The text that prepared what it runs, where the log tells it. */
  prepare?: string;
  startUs: number;
  /** The place of its record among the log's. */
  place: number;
  /** Whether it was logged at its start, as `log_statement` does. */
  atStart: boolean;
}

/** Reads the records of a server's log, one after the other, and passes its statements on. */
export class StatementReader {
  readonly #sessions: Sessions;
  readonly #counts = new LogCounts();
  /** Settings by which statements were left out while the log was written, and their values. */
  readonly #leavingOut = new Map<string, string>();
  #serverVersion: CapturedLog['serverVersion'];

  /** @param only pass the statements of this database on; those of others are still counted */
  constructor(
    private readonly analyst: Analyst,
    private readonly sorter: EventSorter,
    private readonly only: string | undefined,
    private readonly selector: Selector,
    private readonly mask: StatementMask | undefined,
  ) {
    this.#sessions = new Sessions(selector);
  }

  /**
   * @param stampUs when it was written, in µs on the log's scale
   * @param place how many records are before it in the log
   */
  read(record: LogRecord, stampUs: number, place: number): void {
    this.#counts.records++;
    if (!SEVERITY.test(record.severity)) this.#counts.foreignRecords++;
    if (record.database === '') {
      const setting = settingThatLeavesOut(record.message);
      if (setting) this.#leavingOut.set(setting.name, setting.value);
      const [, name] = /^starting PostgreSQL (\S+)/.exec(record.message) ?? [];
      if (name !== undefined) this.#serverVersion = { name, place };
      return;
    }
    const entry = readEntry(record);
    if (entry) this.#take(entry, record, { stampUs, place });
    if (endsSession(record)) this.#end(record.session);
  }

  #take(entry: LogEntry, record: LogRecord, { stampUs, place }: { stampUs: number; place: number }): void {
    const session = this.#sessionOf(record);
    if (entry.kind === 'plan') {
      if (!session.cut) count(session.database.skipped, 'plan');
      return;
    }
    countNumbered(session.database.coverage, session.numbered, record.virtualTransaction);
    const pass = (
      text: string,
      listing: string | undefined,
      more: { durationUs?: number; prepare?: string } = {},
    ): boolean =>
      this.#pass(session, {
        text,
        listing,
        prepare: more.prepare,
        startUs: session.startOf(stampUs, more.durationUs),
        place,
        atStart: entry.kind === 'statement' && entry.durationUs === undefined,
      });
    const bound = entry.kind === 'completion' ? undefined : this.#endBinding(session, entry);
    switch (entry.kind) {
      case 'bind': {
        const { text, detail: listing, durationUs } = entry;
        session.runs(undefined);
        session.bound = { text, listing, startUs: session.startOf(stampUs, durationUs), place };
        return;
      }
      case 'completion':
        session.startOf(stampUs, undefined);
        session.runs(undefined);
        return;
      case 'unreplayable': {
        const startUs = session.startOf(stampUs, entry.durationUs);
        session.runs(entry.durationUs === undefined ? entry.text : undefined);
        if (!this.#cuts(session, startUs)) count(session.database.skipped, entry.skip);
        return;
      }
      case 'failure': {
        // A statement that was logged at its start has been passed on by now.
        const known = session.isRunning(entry.text);
        session.runs(undefined);
        if (!known && !bound) session.database.coverage.failedOnly++;
        // What was bound to it is known with its start, where that took long enough to be logged.
        const durationUs = bound && stampUs - bound.startUs;
        const kept = known
          ? session.runningIsKept
          : pass(entry.text, bound?.listing ?? entry.context, { durationUs });
        if (kept) this.#fail(session, entry.sqlState);
        if (!session.cut) session.database.failed++;
        return;
      }
      case 'statement': {
        session.runs(entry.durationUs === undefined ? entry.text : undefined);
        if (entry.durationUs !== undefined) {
          const { database } = session;
          database.coverage.timed++;
          database.shortestUs = Math.min(database.shortestUs, entry.durationUs);
        }
        session.runningIsKept = pass(entry.text, entry.detail, entry);
      }
    }
  }

  /** From where its lines tell whose it is, as after a change of log_line_prefix, a session is another: what was before is counted. */
  #sessionOf({ session: id, database, user }: LogRecord): CapturedSession {
    const known = this.#sessions.find(id);
    const isTold =
      (known?.database.name === UNKNOWN_DATABASE && database !== UNKNOWN_DATABASE) ||
      (known?.user === '' && user !== '');
    if (known && !isTold) return known;
    if (known) this.#end(id);
    return this.#sessions.begin(id, { database, user });
  }

  /** Call it once, after the last record. */
  end(): CapturedLog {
    for (const session of this.#sessions.awake()) this.#endBinding(session);
    return {
      counts: this.#counts,
      leavingOut: this.#leavingOut,
      serverVersion: this.#serverVersion,
      databases: this.#sessions.databases,
      sessions: this.#sessions.logged(),
    };
  }

  #end(id: string): void {
    const session = this.#sessions.find(id);
    if (session) this.#endBinding(session);
    this.#sessions.end(id);
  }

  /** The statement of a session that was passed on last has failed. */
  #fail({ database, index, lastUs, lastPlace }: CapturedSession, sqlState: string): void {
    const isWanted = this.only === undefined || database.name === this.only;
    if (isWanted && sqlState !== '')
      this.sorter.fail({ startUs: lastUs, place: lastPlace, session: index, sqlState });
  }

  /**
   * An execution too fast to be logged is known by its binding alone.
   * @returns the binding of what comes next, if that is its execution
   */
  #endBinding(session: CapturedSession, next?: LogEntry): BoundStatement | undefined {
    const { bound } = session;
    session.bound = undefined;
    if (!bound || (next && isExecutionOf(next, bound))) return bound;
    this.#pass(session, { ...bound, atStart: false });
    return undefined;
  }

  /** @returns whether it can be replayed */
  #pass(session: CapturedSession, statement: Passed): boolean {
    const { listing, startUs, place } = statement;
    const { database, user } = session;
    const cut = this.#cuts(session, startUs);
    const analysis = this.analyst.analyse(statement.text);
    countEdge(database.coverage, analysis, session.inTransaction);
    if (!session.inTransaction) session.numbered.begun++;
    session.follow(analysis);
    if (cut) return false;
    if (statement.atStart) countStart(database.coverage, analysis);
    const text = this.#runnable(session, statement, analysis);
    const { values, skip } =
      text === undefined ? { skip: 'notPrepared' as const } : session.parametersOf(analysis, listing);
    if (text === undefined || skip) {
      count(database.skipped, skip!);
      return false;
    }
    if (text.includes('\uFFFD') || listing?.includes('\uFFFD')) this.#counts.misencoded++;

    if (this.#sessions.count(session)) database.sessions++;
    session.lastUs = startUs;
    session.lastPlace = place;
    database.statements++;
    database.categories[analysis.category]++;
    database.firstUs = Math.min(database.firstUs, startUs);
    database.lastUs = Math.max(database.lastUs, startUs);
    count(database.users, user);
    count(database.kinds, analysis.kind);
    if (this.only !== undefined && database.name !== this.only) return true;
    const category = CATEGORIES.indexOf(analysis.category);
    const logged = { text, values };
    const sql = this.mask?.of(logged, database.maskLosses) ?? logged;
    this.sorter.push({ startUs, place, session: session.index, category, sql });
    return true;
  }

  /** Whether a statement is left out by what was asked for; it is counted if so. */
  #cuts(session: CapturedSession, startUs: number): boolean {
    const cut = session.judge(this.selector.isInTime(startUs));
    if (cut) count(session.database.cuts, cut);
    return cut !== undefined;
  }

  /** The text to play: it prepares what it runs itself where that was done before the log began. */
  #runnable(session: CapturedSession, { text, prepare }: Passed, analysis: Analysis): string | undefined {
    if (!session.lacksPrepared(analysis.prepared)) return text;
    const steps = prepare === undefined ? [] : this.analyst.analyse(prepare).prepared;
    // A DETAIL has the whole text that PREPARE was in, of several statements perhaps.
    if (steps.length !== 1 || this.analyst.analyse(prepare!).kind !== 'PREPARE') return undefined;
    if (session.lacksPrepared([...steps, ...analysis.prepared])) return undefined;
    return `${prepare!.replace(/;\s*$/, '')};\n${text}`;
  }
}

function isExecutionOf(entry: LogEntry, { text, listing }: BoundStatement): boolean {
  if (entry.kind === 'failure') return entry.text === text && !failedToBind(entry.context);
  return entry.kind === 'statement' && entry.text === text && entry.detail === listing;
}
