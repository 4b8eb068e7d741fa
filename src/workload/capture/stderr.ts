import { BenchError } from '../../machine/pure.js';
import { guessPrefix, withEarlyEnds } from './guess-prefix.js';
import { type LinePrefix, linePrefix, type PrefixFields } from './line-prefix.js';
import type { LineReader, LogLine, Origin } from './line-reader.js';
import { byLines } from './log-lines.js';
import {
  type LogFormat,
  type LogHandlers,
  type LogLack,
  type LogRecord,
  type PrefixChange,
  UNKNOWN_DATABASE,
} from './log-record.js';
import { stampOf } from './log-time.js';
import { OF_MANY, SessionIds } from './session-ids.js';
import { StrangeLines } from './strange-lines.js';

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

const NO_PART = 'a line that is no part of the record before it';

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
  /** The one that lines had at first, and those that it was changed to: for a while, lines of both mingle. */
  readonly #prefixes: LinePrefix[];
  /** What each of them may be with a %q: made once, for any number of lines may have none of these prefixes. */
  readonly #earlyEnds = new Map<LinePrefix, LinePrefix[]>();
  readonly #strange = new StrangeLines();
  readonly prefixChanges: PrefixChange[] = [];

  constructor(
    private readonly handlers: LogHandlers,
    linePrefix: LinePrefix | undefined,
  ) {
    this.#prefixes = linePrefix ? [linePrefix] : [];
    this.#sessions = handlers.sessions ?? new SessionIds(handlers.wants);
  }

  get prefix(): string | undefined {
    return this.#prefixes[0]?.text;
  }

  read(line: LogLine): void {
    const isHeld = this.#strange.areHeld;
    if (!isHeld && this.#take(line)) return;
    const isStrange = !isHeld || (StrangeLines.isOne(line) && !this.#parse(line.text));
    if (this.#strange.hold(line, isStrange)) this.#settle();
  }

  lost(number: number, reason: string): void {
    this.#settle();
    this.#damage(number, reason);
  }

  end(): void {
    this.#settle();
    this.#close();
  }

  /** Reads the lines that were held back, by another prefix if they turned out to have one. */
  #settle(): void {
    if (!this.#strange.areHeld) return;
    const { lines, change } = this.#strange.release();
    if (change) {
      this.#prefixes.push(change.prefix);
      this.prefixChanges.push({ prefix: change.prefix.text, line: change.from.number });
    }
    for (const line of lines) {
      if (!this.#take(line)) this.#damage(line.number, NO_PART);
    }
  }

  #parse(line: string) {
    if (line.startsWith('\t')) return undefined;
    for (const prefix of this.#prefixes) {
      const head = prefix.parse(line);
      if (head) return head;
    }
    return undefined;
  }

  /** Whether one of the server's own processes wrote it, by a prefix with a %q, as no line before it has shown. */
  #endsEarly(line: string): boolean {
    for (const [i, prefix] of this.#prefixes.entries()) {
      const ends = this.#earlyEnds.get(prefix) ?? withEarlyEnds(prefix);
      this.#earlyEnds.set(prefix, ends);
      const ended = ends.find((each) => each.parse(line));
      if (!ended || OF_CLIENT.test(ended.parse(line)!.text)) continue;
      this.#prefixes[i] = ended;
      return true;
    }
    return false;
  }

  /** @returns whether it could; if not, the line may begin with a prefix that isn't known yet */
  #take({ text: line, number, origin }: LogLine): boolean {
    const head = this.#parse(line);
    if (head && !MORE.has(head.label)) {
      this.#close();
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
      this.#close();
    } else if (!head && this.#prefixes.length > 0 && StrangeLines.isOne({ text: line, number })) {
      return this.#endsEarly(line) && this.#take({ text: line, number, origin });
    } else {
      this.#damage(number, NO_PART);
    }
    return true;
  }

  #damage(number: number, reason: string): void {
    // A record that lacks a line is not to be used.
    if (this.#open) this.#open.damage ??= reason;
    else this.handlers.torn(number, reason);
  }

  #close(): void {
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
    // A parallel worker logs the statement that it failed in, as its leader does.
    const endsAtQ = 'q' in fields && fields.q === undefined;
    const isOfClient = !endsAtQ && (OF_CLIENT.test(message) || query !== '');
    // Whose others are isn't known here.
    if (isOfClient && this.handlers.wants?.(session) !== false) {
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
      ...(session === '' ? { session: `${OF_MANY}${user}@${database}`, isOfMany: true } : { session }),
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
