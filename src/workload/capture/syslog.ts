import type { LineReader, LogLine, Origin } from './line-reader.js';
import { stampOf } from './log-time.js';
import type { Wrapping } from './wrapping.js';

/**
 * `Mar  3 10:00:00 db postgres[123]: …` as syslog daemons and `journalctl` write it, with ISO 8601 times as rsyslog and
 * `journalctl -o short-iso` do, and `<134>1 2025-03-03T10:00:00Z db postgres 123 - - …` as RFC 5424 has it.
 */
const LINE =
  /^(?:<\d+>)?(?:1 )?(?:([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d)(\.\d+)?|(\d{4}-\d\d-\d\dT\S+)) \S+ ([^\s[\]:]+)(?:\[(\d+)\]:| (\d+) \S+ -) ?(.*)$/s;
/** `[4-2]`: the second line of the fourth message of a process. */
const NUMBER = /^\[(\d+)-(\d+)\] /;
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/** What begins the second and further lines of a record, where they are not numbered. */
const GOES_ON = /^\t|^[^\t]{0,400}?\b(?:DETAIL|HINT|QUERY|CONTEXT|STATEMENT|LOCATION|BACKTRACE): {2}/;
/** The server cuts lines at 900 bytes, at a space if there is one; of a letter of several bytes, in front of it. */
const CUT_BYTES = 900 - 3;
/** Further lines of a record follow at once, but for those that other processes write meanwhile. */
const NEAR_LINES = 200;
/** A record longer than this is not waited for. */
const MAX_CHARACTERS = 32 << 20;

/** What the server writes with `log_destination = 'syslog'`, or to a journal. */
export const syslog: Wrapping = {
  holds: (text) => LINE.test(text),
  unwrapper: (next, sample) => new SyslogReader(next, programIn(sample)),
};

/** A record's lines, as far as they have come. */
interface Message {
  process: string;
  lines: LogLine[];
  /** Of its last piece. */
  bytes: number;
  characters: number;
  lastNumber: number;
  isWhole: boolean;
}

/**
 * Puts together what the server cuts up for syslog. Lines of several processes mingle: each record's are held back until
 * they are whole, and records keep the order in which they began.
 */
class SyslogReader implements LineReader {
  readonly #queue: Message[] = [];
  readonly #byProcess = new Map<string, Message>();

  /** @param program the name under which the server writes; lines of others are passed over */
  constructor(
    private readonly next: LineReader,
    private readonly program: string,
  ) {}

  read({ text: line, number }: LogLine): void {
    const [, month, day, clock, fraction = '', iso, program, pid, pidOfRfc, rest] = LINE.exec(line) ?? [];
    if (rest === undefined) {
      if (line !== '') this.lost(number, 'not a line of a syslog');
      return;
    }
    if (program !== this.program) return;
    const process = pid ?? pidOfRfc!;
    const time =
      iso === undefined
        ? `${dateOf(month!, day!)} ${clock}${fraction.slice(0, 4)} UTC`
        : stampOf(Date.parse(iso.replace(',', '.')));
    const [mark = '', , piece] = NUMBER.exec(rest) ?? [];
    const texts = unescaped(rest.slice(mark.length)).split('\n');
    const before = this.#byProcess.get(process);
    const goesOn = before && (piece === undefined ? GOES_ON.test(texts[0]!) : piece !== '1');
    const message = goesOn ? before : this.#begin(process, number);
    for (const text of texts) add(message, text, number, { process, time }, mark !== '');
    if (message.characters > MAX_CHARACTERS) this.#end(message);
    this.#pass(number);
  }

  lost(number: number, reason: string): void {
    this.#passAll();
    this.next.lost(number, reason);
  }

  end(): void {
    this.#passAll();
    this.next.end();
  }

  #begin(process: string, number: number): Message {
    const before = this.#byProcess.get(process);
    if (before) this.#end(before);
    const message = { process, lines: [], bytes: 0, characters: 0, lastNumber: number, isWhole: false };
    this.#queue.push(message);
    this.#byProcess.set(process, message);
    return message;
  }

  #end(message: Message): void {
    message.isWhole = true;
    if (this.#byProcess.get(message.process) === message) this.#byProcess.delete(message.process);
  }

  /** Passes on what is whole, and what has been waited for long enough. */
  #pass(number: number): void {
    for (let first = this.#queue[0]; first; first = this.#queue[0]) {
      if (!first.isWhole && number - first.lastNumber < NEAR_LINES) return;
      this.#end(first);
      this.#queue.shift();
      for (const line of first.lines) this.next.read(line);
    }
  }

  #passAll(): void {
    this.#pass(Number.POSITIVE_INFINITY);
  }
}

/** A piece is a line of its own, unless the server has cut a long one before it. */
function add(message: Message, text: string, number: number, origin: Origin, isNumbered: boolean): void {
  const last = message.lines.at(-1);
  if (last && isNumbered && (text.startsWith(' ') || message.bytes >= CUT_BYTES)) last.text += text;
  else message.lines.push({ text, number, origin });
  message.bytes = Buffer.byteLength(text);
  message.characters += text.length;
  message.lastNumber = number;
}

/** The name of the program that most lines are of that look like a server's. */
function programIn(sample: readonly LogLine[]): string {
  const counts = new Map<string, number>();
  for (const { text } of sample) {
    const [, , , , , , program, , , rest] = LINE.exec(text) ?? [];
    if (rest !== undefined && /\b(LOG|ERROR|STATEMENT|DETAIL): {2}/.test(rest)) {
      counts.set(program!, (counts.get(program!) ?? 0) + 1);
    }
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'postgres';
}

/**
 * Daemons write control characters as `#` and three octal digits. After a quote they are taken for what a statement holds:
 * a colour perhaps.
 */
function unescaped(text: string): string {
  return text.replace(/(?<!['"])#(011|012|015)/g, (_, octal) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** The newest such day that is not to come: the year is not written. */
function dateOf(month: string, day: string): string {
  const monthAndDay = `${String(MONTHS.indexOf(month) / 3 + 1).padStart(2, '0')}-${day.replace(' ', '0')}`;
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  const year = Number(tomorrow.slice(0, 4));
  return `${monthAndDay <= tomorrow.slice(5, 10) ? year : year - 1}-${monthAndDay}`;
}
