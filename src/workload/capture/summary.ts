import { formatCount, formatCounted, formatPercent, formatSeconds } from '../../machine/pure.js';
import type { Category } from '../../record/pure.js';
import type { MaskLosses } from '../mask/index.js';
import type { TraceHeader } from '../trace.js';
import type { CutCode } from './selection.js';
import type { SkipCode } from './statements.js';

/** What went into a trace, and what did not. Holds no literal of the log: those are in the trace alone. */
export interface ImportSummary {
  header: TraceHeader;
  sha256: string;
  /** Statements in the trace. */
  events: number;
  sessions: number;
  /** The largest number of sessions between their first and last statement at any one time. */
  peak: number;
  durationS: number;
  /** The longest time without a statement, and the line of the trace that ends it. */
  longestPause: { seconds: number; line: number };
  database: string;
  /** Every database that the log names, the busiest first. */
  databases: { name: string; statements: number }[];
  /** Users of the replayed database, the busiest first. */
  users: { name: string; statements: number }[];
  statementsByKind: Record<string, number>;
  eventsByCategory: Record<Category, number>;
  /** Statements that failed when they were logged; they are part of the workload. */
  failedInLog: number;
  /** Statements of this database that can't be replayed, by reason. */
  skipped: { code: SkipCode; reason: string; statements: number }[];
  /** What masking lost, where the trace is masked. */
  maskLosses: MaskLosses | null;
  /** Statements of this database that were not asked for, by reason. */
  leftOut: { code: CutCode; reason: string; statements: number }[];
  readsInReadWriteTransactions: {
    /** Statements that a replica could answer. */
    reads: number;
    /** Those of them inside a read-write transaction: a router keeps them on the primary. */
    inReadWrite: number;
    /** `inReadWrite` / `reads`; 0 if there is no read. */
    share: number;
    /** Those of them whose transaction wrote nothing: BEGIN READ ONLY would set them free. */
    couldBeReadOnly: number;
  };
  /** Log records read, of every kind and database. */
  recordsRead: number;
  /** What the lines of plain logs were taken to begin with. */
  linePrefixes: string[];
  /** Damaged records, and where the first ten are. */
  tornRecords: { count: number; first: { file: string; line: number; reason: string }[] };
  warnings: string[];
}

/** The summary of an import in words, line by line. */
export function formatImportSummary(summary: ImportSummary): string[] {
  const { reads, inReadWrite, share } = summary.readsInReadWriteTransactions;
  const lines = [
    `${formatCounted(summary.events, 'statement')} of ${formatCounted(summary.sessions, 'session')} (at most ` +
      `${formatCount(summary.peak)} at a time) in ${formatSeconds(summary.durationS)}, database "${summary.database}".`,
    `Records read: ${formatCount(summary.recordsRead)}. Those that are no statements (connections, checkpoints, ends of statements logged ` +
      'at their start…) are not replayed.',
    `By kind: ${counts(Object.entries(summary.statementsByKind))}.`,
    `By category: ${counts(Object.entries(summary.eventsByCategory).filter(([, n]) => n > 0))}.`,
    `By user: ${counts(summary.users.map((user) => [user.name, user.statements]))}.`,
  ];
  if (reads > 0) {
    lines.push(
      `${formatCount(inReadWrite)} of ${formatCount(reads)} reads (${formatPercent(share * 100)}) are inside a ` +
        'read-write transaction, which keeps them on the primary.',
    );
  }
  if (summary.failedInLog > 0)
    lines.push(`${formatCounted(summary.failedInLog, 'statement')} failed when logged.`);
  for (const { reason, statements } of [...summary.leftOut, ...summary.skipped])
    lines.push(`Left out: ${formatCount(statements)}, ${reason}.`);
  for (const prefix of summary.linePrefixes) {
    lines.push(
      `Read as lines of log_line_prefix = '${prefix}': if the server has another, give it with --prefix.`,
    );
  }
  for (const { file, line, reason } of summary.tornRecords.first) {
    lines.push(`Damaged: ${file}, line ${line} (${reason}).`);
  }
  for (const warning of summary.warnings) lines.push(`Note: ${warning}`);
  return lines;
}

function counts(entries: [string, number][]): string {
  const shown = entries.slice(0, 8).map(([name, n]) => `${name} ${formatCount(n)}`);
  if (entries.length > shown.length) shown.push(`and ${entries.length - shown.length} more`);
  return shown.join(', ');
}
