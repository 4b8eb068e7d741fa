import { CapturedDatabase } from './session.js';
import type { LoggedSessions } from './sessions.js';

/** Counts of a log's records and statements. */
export class LogCounts {
  records = 0;
  /** Records whose severity isn't English: so aren't their messages, which nothing here understands. */
  foreignRecords = 0;
  /** Statements with bytes that aren't UTF-8. */
  misencoded = 0;
}

/** What was read of a log, or of some of its sessions, beside the statements themselves. Plain data: threads hand it on. */
export interface CapturedLog {
  counts: LogCounts;
  /** Settings by which statements were left out while the log was written, and their values. */
  leavingOut: Map<string, string>;
  /** Told when a server starts, and at which place of the log. */
  serverVersion: { name: string; place: number } | undefined;
  databases: Map<string, CapturedDatabase>;
  sessions: LoggedSessions;
}

/** What was read of a log in parts, each of other sessions. */
export type WholeLog = Omit<CapturedLog, 'sessions'> & { sessions: LoggedSessions[] };

export function wholeOf(parts: CapturedLog[]): WholeLog {
  const whole: WholeLog = {
    counts: new LogCounts(),
    leavingOut: new Map(parts.flatMap(({ leavingOut }) => [...leavingOut])),
    serverVersion: parts
      .flatMap(({ serverVersion }) => serverVersion ?? [])
      .sort((a, b) => b.place - a.place)[0],
    databases: new Map(),
    sessions: parts.map(({ sessions }) => sessions),
  };
  for (const { counts, databases } of parts) {
    add(whole.counts, counts);
    for (const [name, database] of databases) {
      const sum = whole.databases.get(name) ?? new CapturedDatabase(name);
      whole.databases.set(name, sum);
      const extremes = {
        firstUs: Math.min(sum.firstUs, database.firstUs),
        lastUs: Math.max(sum.lastUs, database.lastUs),
        shortestUs: Math.min(sum.shortestUs, database.shortestUs),
      };
      add(sum, database);
      Object.assign(sum, extremes);
    }
  }
  return whole;
}

/** Adds counts to others of the same shape. */
function add<Counts extends object>(sum: Counts, counts: Counts): void {
  for (const key of Object.keys(counts) as (keyof Counts)[]) {
    const [more, before] = [counts[key], sum[key]];
    if (typeof more === 'number') Object.assign(sum, { [key]: more + (before as number) });
    else if (more instanceof Map)
      for (const [name, n] of more)
        (before as typeof more).set(name, ((before as typeof more).get(name) ?? 0) + n);
    else if (typeof more === 'object') add(before as object, more as object);
  }
}

/** The databases that have statements, the busiest first. */
export function byStatements({ databases }: Pick<CapturedLog, 'databases'>): CapturedDatabase[] {
  return [...databases.values()]
    .filter((database) => database.statements > 0)
    .sort((a, b) => b.statements - a.statements || (a.name < b.name ? -1 : 1));
}
