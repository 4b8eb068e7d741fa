import type { LogRecord } from './log-record.js';

/** Why a logged statement can't be replayed: each code in words. */
export const SKIP_REASONS = {
  copyData: 'COPY FROM STDIN: its data is not in the log',
  copyFile: "COPY with a file or program of the server: not the bench's to touch",
  fetch: 'a further fetch from a portal: its first execute stands for it',
  plan: 'a plan of auto_explain: a statement is taken from its own record, which log_statement or a duration limit makes',
  fastpath: 'fastpath function call: its arguments are not in the log',
  cutParameters: 'parameters cut short by log_parameter_max_length',
  noParameters: 'parameters not logged (log_parameter_max_length = 0, or a failed statement)',
  badParameters: 'parameters not readable',
  notPrepared: 'EXECUTE of what was prepared before the log began, with no word of what that was',
  cutByRds:
    'cut short when it was downloaded from RDS ("[Your log message was truncated]"): download fewer lines at a time (--page-size)',
  badDuration: 'a duration of over a year: the number is damaged, and with it the time when it began',
  empty: 'an empty statement',
} as const;
export type SkipCode = keyof typeof SKIP_REASONS;

/** What a record says about a statement. */
export type LogEntry =
  | {
      kind: 'statement';
      text: string;
      /** The DETAIL, which may hold its parameters; undefined in the simple protocol, which has none. */
      detail: string | undefined;
      /** Of an EXECUTE: the text that prepared its statement. */
      prepare: string | undefined;
      /** How long it ran, if the record was written at its end; undefined if it was written at its start. */
      durationUs: number | undefined;
    }
  /** A statement's values were bound to it, which took long. Its execution has a record of its own if that was logged. */
  | { kind: 'bind'; text: string; detail: string; durationUs: number }
  | { kind: 'unreplayable'; text: string; skip: SkipCode; durationUs: number | undefined }
  /** What auto_explain logs of a statement, before the statement's own end is logged. */
  | { kind: 'plan' }
  /** The end of a statement that was logged at its start. */
  | { kind: 'completion' }
  /** A statement failed; it may or may not have been logged at its start. */
  | { kind: 'failure'; text: string; context: string; sqlState: string };

const FAILURES = new Set(['ERROR', 'FATAL', 'PANIC']);
/** How the DETAIL of an EXECUTE begins. */
const PREPARE = 'prepare: ';
const DURATION = /^duration: (\d+)\.(\d{3}) ms/;
const LONGEST_US = 365 * 86_400e6;
/** What RDS puts into a line where the part of the log that it hands out at a time would be too long. */
const CUT_BY_RDS = '[Your log message was truncated]';

/**
 * What a log record says about a statement of a client; undefined if nothing.
 * The forms are those of the server's `exec_simple_query`, `exec_bind_message`, `exec_execute_message` and
 * `HandleFunctionRequest`.
 */
export function readEntry(record: LogRecord): LogEntry | undefined {
  const { backendType, severity, message, detail } = record;
  if (backendType !== undefined && backendType !== 'client backend') return undefined;
  if (message.includes(CUT_BY_RDS) || detail.includes(CUT_BY_RDS)) {
    return { kind: 'unreplayable', text: '', skip: 'cutByRds', durationUs: undefined };
  }
  if (severity !== 'LOG') {
    const { query: text, context, sqlState } = record;
    return FAILURES.has(severity) && text !== '' ? { kind: 'failure', text, context, sqlState } : undefined;
  }
  const duration = message.startsWith('duration: ') ? DURATION.exec(message) : null;
  const durationUs = duration ? Number(duration[1]) * 1000 + Number(duration[2]) : undefined;
  const start = duration ? duration[0].length + 2 : 0;
  if (duration && message.length <= start) return { kind: 'completion' };
  if (durationUs !== undefined && durationUs > LONGEST_US) {
    return { kind: 'unreplayable', text: '', skip: 'badDuration', durationUs: undefined };
  }
  if (message.startsWith('statement: ', start)) {
    const prepare = detail.startsWith(PREPARE) ? detail.slice(PREPARE.length) : undefined;
    return { kind: 'statement', text: message.slice(start + 11), detail: undefined, prepare, durationUs };
  }
  if (message.startsWith('execute ', start)) {
    const name = message.indexOf(': ', start);
    if (name === -1) return undefined;
    const text = message.slice(name + 2);
    if (message.startsWith('execute fetch from ', start)) {
      return { kind: 'unreplayable', text, skip: 'fetch', durationUs };
    }
    return { kind: 'statement', text, detail, prepare: undefined, durationUs };
  }
  if (durationUs !== undefined && message.startsWith('bind ', start)) {
    const name = message.indexOf(': ', start);
    return name === -1 ? undefined : { kind: 'bind', text: message.slice(name + 2), detail, durationUs };
  }
  if (message.startsWith('fastpath function call: ', start)) {
    return { kind: 'unreplayable', text: '', skip: 'fastpath', durationUs };
  }
  if (message.startsWith('plan:', start)) return { kind: 'plan' };
  // `parse` belongs to the execute that follows.
  return undefined;
}
