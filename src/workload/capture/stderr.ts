import { BenchError } from '../../machine/pure.js';
import { guessPrefix } from './guess-prefix.js';
import { type LinePrefix, linePrefix, type PrefixFields } from './line-prefix.js';
import type { LineReader, LogLine, Origin } from './line-reader.js';
import { byLines } from './log-lines.js';
import type { LogFormat, LogHandlers, LogLack, LogRecord } from './log-record.js';
import { stampOf } from './log-time.js';
import { SessionIds } from './session-ids.js';

/** The server's plain log: `log_destination = 'stderr'`, each line with a `log_line_prefix`. */
export const stderr: LogFormat = byLines({
  name: 'stderr',
  looksLike: (start) => /\b(LOG|ERROR|FATAL|WARNING|STATEMENT|DETAIL|HINT): {2}/.test(start),
  reader(handlers, sample, prefix) {
    if (prefix === undefined) return new StderrReader(handlers, guessPrefix(sample));
    const given = linePrefix(prefix);
    if (given.hasTime || sample.some(({ origin }) => origin)) return new StderrReader(handlers, given);
    throw new BenchError(
      'LOG_PREFIX',
      `The prefix "${prefix}" has no time (%m, %t or %n): a replay can't know when its statements are due.`,
    );
  },
});

/** What a statement's database is called where the log doesn't say it, in PostgreSQL's own word. */
export const UNKNOWN_DATABASE = '[unknown]';

/** Kinds of lines that say more of the record before them. */
const MORE = new Set(['DETAIL', 'HINT', 'QUERY', 'CONTEXT', 'STATEMENT', 'LOCATION', 'BACKTRACE']);
/** What the server prints of its memory when it has run out of it: lines without a prefix, between two records. */
const MEMORY = /^ *(?:.+: \d+ total in \d+ blocks; |\d+ more child contexts containing |Grand total: \d+)/;
/** What only a session of a client logs. */
const OF_CLIENT = /^(?:duration: |statement: |execute |bind |fastpath function call: )/;
/** With `log_error_verbosity = verbose`, messages begin with their SQLSTATE. */
const VERBOSE = /^([0-9A-Z]{5}): /;
/** A record longer than this is taken for damage: it would not leave memory flat. */
const MAX_RECORD_CHARACTERS = 32 << 20;

/** A record that may go on. */
interface OpenRecord {
  number: number;
  severity: string;
  fields: PrefixFields;
  origin: Origin | undefined;
  /** What its lines are of: the message, and each of MORE. */
  parts: Partial<Record<string, string>>;
  last: string;
  /** Empty lines since: of its text if that goes on, for whoever handed the file on may have cut tabs off line ends. */
  blanks: number;
  characters: number;
  /** Why it can't be used. */
  damage?: string;
}

/** Puts the lines of each record together: its first one, those that go on after a tab, and those that say more. */
class StderrReader implements LineReader {
  readonly lacks = new Set<LogLack>();
  readonly #sessions: SessionIds;
  #open: OpenRecord | undefined;

  constructor(
    private readonly handlers: LogHandlers,
    private readonly linePrefix: LinePrefix | undefined,
  ) {
    this.#sessions = handlers.sessions ?? new SessionIds();
  }

  get prefix(): string | undefined {
    return this.linePrefix?.text;
  }

  read({ text: line, number, origin }: LogLine): void {
    const head = line.startsWith('\t') ? undefined : this.linePrefix?.parse(line);
    if (head && !MORE.has(head.label)) {
      this.end();
      const { fields, label: severity, text } = head;
      const open = { number, severity, fields, origin, parts: {}, last: 'message', blanks: 0, characters: 0 };
      this.#open = open;
      this.#add(open, text);
    } else if (head && isOfSame(this.#open, head.fields, origin)) {
      this.#open.last = head.label;
      this.#open.blanks = 0;
      this.#add(this.#open, head.text);
    } else if (line.startsWith('\t') && this.#open) {
      this.#add(this.#open, `${'\n'.repeat(this.#open.blanks + 1)}${line.slice(1)}`);
      this.#open.blanks = 0;
    } else if (line.trim() === '') {
      if (this.#open) this.#open.blanks++;
    } else if (MEMORY.test(line)) {
      this.end();
    } else {
      this.lost(number, 'a line that is no part of the record before it');
    }
  }

  lost(number: number, reason: string): void {
    // A record that lacks a line is not to be used.
    if (this.#open) this.#open.damage ??= reason;
    else this.handlers.torn(number, reason);
  }

  end(): void {
    const open = this.#open;
    this.#open = undefined;
    if (!open) return;
    if (open.damage === undefined) this.handlers.record(this.#recordOf(open), open.number);
    else this.handlers.torn(open.number, open.damage);
  }

  #add(open: OpenRecord, text: string): void {
    open.characters += text.length;
    if (open.characters > MAX_RECORD_CHARACTERS) {
      open.damage ??= `a record longer than ${MAX_RECORD_CHARACTERS >> 20} MiB`;
      open.parts = {};
    } else {
      open.parts[open.last] = (open.parts[open.last] ?? '') + text;
    }
  }

  #recordOf({ severity, fields, origin, parts }: OpenRecord): LogRecord {
    const [stated, state] = (parts.LOCATION !== undefined && VERBOSE.exec(parts.message!)) || ['', undefined];
    const message = parts.message!.slice(stated.length);
    const query = parts.STATEMENT ?? '';
    const { session, user, database } = this.#sessions.clientOf(fields, message, origin?.process ?? '');
    const sqlState = state ?? fields.e ?? '';
    const written = fields.m ?? fields.t ?? timeOf(fields.n) ?? origin?.time ?? '';
    const isToSecond = written.charAt(19) === ' ';
    const isOfClient = OF_CLIENT.test(message) || query !== '';
    if (isOfClient) {
      if (session === '') this.lacks.add('sessions');
      if (user === '' && fields.u === undefined) this.lacks.add('user');
      if (database === '' && fields.d === undefined) this.lacks.add('database');
      if (query !== '' && sqlState === '') this.lacks.add('sqlStates');
      if (isToSecond) this.lacks.add('milliseconds');
    }
    return {
      time: isToSecond ? `${written.slice(0, 19)}.000${written.slice(19)}` : written,
      user,
      database: database === '' && isOfClient && fields.d === undefined ? UNKNOWN_DATABASE : database,
      ...(session === '' ? { session: `${user}@${database}`, isOfMany: true } : { session }),
      severity,
      sqlState,
      message,
      detail: parts.DETAIL ?? '',
      context: parts.CONTEXT ?? '',
      query,
      backendType: fields.b?.trim(),
      virtualTransaction: fields.v,
    };
  }
}

/** Whether one process wrote both. */
function isOfSame(
  open: OpenRecord | undefined,
  { p, c }: PrefixFields,
  origin: Origin | undefined,
): open is OpenRecord {
  return open?.fields.p === p && open?.fields.c === c && open?.origin?.process === origin?.process && !!open;
}

/** @param seconds since 1970, as %n has them */
function timeOf(seconds: string | undefined): string | undefined {
  return seconds === undefined ? undefined : stampOf(Number(seconds) * 1000);
}
