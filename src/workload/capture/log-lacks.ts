import type { LogLack } from './log-record.js';

/** What it costs that a log does not say something, and what makes the server say it. */
export const LACKS: Record<LogLack, string> = {
  milliseconds:
    'The log has times to the second only: statements of different sessions are out of order within each second, and those ' +
    'without a duration all start at once. Record with %m instead of %t in log_line_prefix.',
  sessions:
    'The log does not tell sessions apart: all statements of a user and database are played one after the other, as if one ' +
    'client had sent them. Record with %c in log_line_prefix.',
  database:
    'The log does not say which database a statement is of: all are played on one. Record with %d in log_line_prefix, or ' +
    'with log_connections = on.',
  user:
    "The log does not say whose statements these are: they are played without their users' settings and privileges. Record " +
    'with %u in log_line_prefix, or with log_connections = on.',
  sqlStates:
    'The log does not say with which SQLSTATE statements failed: a replay cannot tell new errors from those of the capture. ' +
    'Record with %e in log_line_prefix.',
};
