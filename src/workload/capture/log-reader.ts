import { CATEGORIES } from '../../record/pure.js';
import type { Analysis, Analyst } from './analysis.js';
import type { EventSorter } from './event-sorter.js';
import { LogClock } from './log-time.js';
import { COLUMN } from './records.js';
import { CapturedDatabase, CapturedSession, count } from './session.js';
import { readEntry, type StatementParameters } from './statements.js';

/** PostgreSQL's severities, untranslated. */
const SEVERITY = /^(LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|DEBUG[1-5]?)$/;

/** Reads the records of a server's log, one after the other, and passes its statements on. */
export class LogReader {
  /** Sessions with statements, by the index under which they are passed on. */
  readonly sessions: CapturedSession[] = [];
  readonly databases = new Map<string, CapturedDatabase>();
  readonly clock = new LogClock();
  records = 0;
  /** Records whose severity isn't English: so aren't their messages, which nothing here understands. */
  foreignRecords = 0;
  serverVersion: string | undefined;
  /** Statements logged with their duration, and the shortest of these. */
  timedStatements = 0;
  shortestUs = Number.POSITIVE_INFINITY;
  /** Statements with bytes that aren't UTF-8. */
  misencoded = 0;
  readonly #sessionsById = new Map<string, { session: CapturedSession; index: number }>();

  /** @param only pass the statements of this database on; those of others are still counted */
  constructor(
    private readonly analyst: Analyst,
    private readonly sorter: EventSorter,
    private readonly only: string | undefined,
  ) {}

  /** The databases that have statements, the busiest first. */
  byStatements(): CapturedDatabase[] {
    return [...this.databases.values()]
      .filter((database) => database.statements > 0)
      .sort((a, b) => b.statements - a.statements || (a.name < b.name ? -1 : 1));
  }

  read(columns: string[]): void {
    this.records++;
    if (!SEVERITY.test(columns[COLUMN.severity]!)) this.foreignRecords++;
    if (columns[COLUMN.database] === '') this.#readServerMessage(columns);
    const entry = columns[COLUMN.database] === '' ? undefined : readEntry(columns);
    if (!entry) return;
    const { session, index } = this.#session(columns);
    const stampUs = this.clock.toUs(columns[COLUMN.logTime]!);
    switch (entry.kind) {
      case 'completion':
        session.startOf(stampUs, undefined);
        session.running = undefined;
        return;
      case 'unreplayable':
        session.startOf(stampUs, entry.durationUs);
        session.running = entry.durationUs === undefined ? entry.text : undefined;
        count(session.database.skipped, entry.reason);
        return;
      case 'failure': {
        // A statement that was logged at its start has been passed on by now.
        session.database.failed++;
        const known = session.running === entry.text;
        session.running = undefined;
        if (!known) this.#pass(session, index, entry.text, entry.context, stampUs, undefined);
        return;
      }
      case 'statement': {
        session.running = entry.durationUs === undefined ? entry.text : undefined;
        if (entry.durationUs !== undefined) {
          this.timedStatements++;
          this.shortestUs = Math.min(this.shortestUs, entry.durationUs);
        }
        this.#pass(session, index, entry.text, entry.detail, stampUs, entry.durationUs);
      }
    }
  }

  #pass(
    session: CapturedSession,
    index: number,
    text: string,
    listing: string | undefined,
    stampUs: number,
    durationUs: number | undefined,
  ): void {
    const { database, user } = session;
    const startUs = session.startOf(stampUs, durationUs);
    const analysis = this.analyst.analyse(text);
    session.follow(analysis);
    const { values, skip } = replayable(session, analysis, listing);
    if (skip) {
      count(database.skipped, skip);
      return;
    }
    if (text.includes('\uFFFD') || listing?.includes('\uFFFD')) this.misencoded++;

    if (session.statements++ === 0) database.sessions++;
    session.remaining++;
    database.statements++;
    database.categories[analysis.category]++;
    database.firstUs = Math.min(database.firstUs, startUs);
    database.lastUs = Math.max(database.lastUs, startUs);
    count(database.users, user);
    count(database.kinds, analysis.kind);
    if (this.only !== undefined && database.name !== this.only) return;
    const category = CATEGORIES.indexOf(analysis.category);
    this.sorter.push({ startUs, session: index, category, text, values });
  }

  #session(columns: string[]) {
    const id = columns[COLUMN.session]!;
    let known = this.#sessionsById.get(id);
    if (!known) {
      const name = columns[COLUMN.database]!;
      let database = this.databases.get(name);
      if (!database) {
        database = new CapturedDatabase(name);
        this.databases.set(name, database);
      }
      known = { session: new CapturedSession(database, columns[COLUMN.user]!), index: this.sessions.length };
      this.sessions.push(known.session);
      this.#sessionsById.set(id, known);
    }
    return known;
  }

  #readServerMessage(columns: string[]): void {
    const started = /^starting PostgreSQL (\S+)/.exec(columns[COLUMN.message]!);
    if (started) this.serverVersion = started[1];
  }
}

function replayable(
  session: CapturedSession,
  analysis: Analysis,
  listing: string | undefined,
): StatementParameters {
  if (analysis.unreplayable) return { skip: analysis.unreplayable };
  return listing === undefined ? {} : session.parameters.read(listing, analysis.takesParameters);
}
