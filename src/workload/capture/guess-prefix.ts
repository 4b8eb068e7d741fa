import { type LinePrefix, linePrefix } from './line-prefix.js';
import type { LogLine } from './line-reader.js';

/** What the first word before an `=` says of what comes after it. */
const KEYS: [RegExp, string][] = [
  [/^(db|dbname|database|d)$/i, '%d'],
  [/^(user|usr|username|role|u)$/i, '%u'],
  [/^(app|application|application_name|appname|a)$/i, '%a'],
  [/^(host|h|addr|address|ip)$/i, '%h'],
  [/^(client|remote|r)$/i, '%r'],
  [/^(pid|process|p)$/i, '%p'],
  [/^(session|sid|session_id|sess|c)$/i, '%c'],
  [/^(line|l|num|line_num)$/i, '%l'],
  [/^(vxid|vtid|v)$/i, '%v'],
  [/^(xid|txid|tx|trx|x)$/i, '%x'],
  [/^(state|sqlstate|code|err|error|e)$/i, '%e'],
  [/^(tag|cmd|command|ps|i)$/i, '%i'],
  [/^(type|backend|backend_type|b)$/i, '%b'],
  [/^(qid|query_id|queryid|query|Q)$/, '%Q'],
];
const STAMP = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d';
const ZONE = '(?:[A-Za-z]{1,12}|[+-]\\d{2,4})';
const WORD = '[^\\s,;:|@=()[\\]<>{}]';

/**
 * What a piece of a prefix is taken for, the first that fits. A list: the first of its escapes that the prefix has not
 * had yet. A function works it out of the piece's parts.
 */
const PIECES: [RegExp, string[] | ((...parts: string[]) => string | undefined)][] = [
  [new RegExp(`${STAMP}\\.\\d{3} ${ZONE}`, 'y'), ['%m']],
  [new RegExp(`${STAMP} ${ZONE}`, 'y'), ['%t', '%s']],
  [/\d{10}\.\d{3}(?!\d)/y, ['%n']],
  [/[0-9a-f]{8}\.[0-9a-f]+/y, ['%c']],
  [
    new RegExp(`(\\w+)=(\\[\\w+\\]|${WORD}*(?:\\(\\d+\\))?)(?=[^\\w]|$)`, 'y'),
    (_, key, value) => {
      const named = KEYS.find(([pattern]) => pattern.test(key!))?.[1];
      return named && `${key}=${named === '%h' && value!.includes('(') ? '%r' : named}`;
    },
  ],
  [new RegExp(`(?:${WORD}|\\[unknown\\])*@(?:${WORD}|\\[unknown\\])*`, 'y'), () => '%u@%d'],
  [/\w[\w.:-]*\(\d+\)/y, ['%r']],
  [/\[local\]|\d+\.\d+\.\d+\.\d+|::1(?![\w:])|[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:.-])/y, ['%h']],
  [/\d+-1(?!\d)/y, () => '%l-1'],
  [/-?\d+\/\d+/y, ['%v']],
  [/(?:0{5}|(?=\d*[A-Z])(?=[A-Z]*\d)[0-9A-Z]{5})(?![0-9A-Za-z])/y, ['%e']],
  [/client backend|background writer|not initialized|walsender|checkpointer|postmaster/y, ['%b']],
  [/idle in transaction(?: \(aborted\))?|idle|authentication|startup|[A-Z][A-Z ]+[A-Z](?=[^\w]|$)/y, ['%i']],
  [/\d+(?!\w)/y, ['%p', '%l', '%x', '%Q']],
  [new RegExp(`\\[unknown\\]|\\w${WORD}*`, 'y'), ['%u', '%d', '%a', '%h', '%i']],
  [/ +/y, () => ' '],
];

/** So many beginnings of lines show what is common to all, and of their guesses the commonest few are tried. */
const SAMPLES = 400;
const TRIED = 8;
/** What ends a prefix. Lines of another language are known too, so that they can be named. */
const LABEL = /(?:\p{Lu}{3,}\d?|\p{Lo}{2,}): {2}/u;
const LONGEST_PREFIX = 1000;

/**
 * Finds the `log_line_prefix` that lines of a log were written with.
 *
 * Each line has a guess of its own: what seems to stand in it, piece by piece. Of the commonest guesses the one is taken
 * by which the most lines can be read, and read well: their users and databases have such names, and those that the
 * lines that tell of new connections say.
 * @returns undefined if none fits half of them, or if it has no time and nothing else tells that
 */
export function guessPrefix(sample: readonly LogLine[]): LinePrefix | undefined {
  const lines = sample.map(({ text }) => text);
  const isTimed = sample.some(({ origin }) => origin);
  const heads = lines.filter(looksPrefixed);
  const step = Math.ceil(heads.length / SAMPLES);
  const samples = heads.filter((_, i) => i % step === 0);
  const guesses = commonest(samples.map((line) => guess(line.slice(0, line.search(LABEL)))));
  const tried = guesses
    .filter((text) => isTimed || /%[mtn]/.test(text))
    .slice(0, TRIED)
    .flatMap((text) => [...readings(text)]);
  const told = new Set(lines.flatMap((line) => AUTHORIZED.exec(line)?.slice(1) ?? []));
  const best = tried
    .map((text) => rate(linePrefix(text), samples, told))
    .sort((a, b) => b.points - a.points)[0];
  return best && best.fitting >= samples.length / 2 ? best.prefix : undefined;
}

/** Whether a line begins as some prefix might have it begin. */
export function looksPrefixed(line: string): boolean {
  return !line.startsWith('\t') && LABEL.test(line.slice(0, LONGEST_PREFIX));
}

function guess(head: string): string {
  const had = new Set<string>();
  let text = '';
  for (let at = 0; at < head.length; ) {
    const [part, piece] = pieceAt(head, at, had);
    text += piece;
    for (const [one] of piece.matchAll(/%\w/g)) had.add(one);
    // A further time is that of the session's start.
    if (had.has('%m') || had.has('%n')) had.add('%t');
    at += part.length;
  }
  return text;
}

/** What stands at a place, and what it is taken for. */
function pieceAt(head: string, at: number, had: ReadonlySet<string>): [part: string, piece: string] {
  for (const [pattern, escapes] of PIECES) {
    pattern.lastIndex = at;
    const parts = pattern.exec(head);
    if (!parts?.[0]) continue;
    const piece = typeof escapes === 'function' ? escapes(...parts) : escapes.find((one) => !had.has(one));
    const isNew = piece?.match(/%\w/g)?.every((one) => !had.has(one)) ?? true;
    if (piece !== undefined && isNew) return [parts[0], piece];
  }
  return [head[at]!, head[at] === '%' ? '%%' : head[at]!];
}

/** A guess, and what it might be as well: with user and database swapped, or with a %q, before which some lines end. */
function* readings(guess: string): Generator<string> {
  const swapped = guess.replace(/%[ud]/g, (one) => (one === '%u' ? '%d' : '%u'));
  for (const text of new Set([guess, swapped])) {
    yield text;
    yield* withEnds(text);
  }
}

function* withEnds(text: string): Generator<string> {
  for (const { index } of text.matchAll(/(?<=[^%])%\w|(?<=[ :|,\]])./gu)) {
    yield `${text.slice(0, index)}%q${text.slice(index)}`;
  }
}

/**
 * What a prefix without a %q may be with one. Lines before which nobody could tell are all of clients: a checkpoint comes
 * every five minutes.
 */
export function withEarlyEnds(prefix: LinePrefix): LinePrefix[] {
  return prefix.text.includes('%q') ? [] : [...withEnds(prefix.text)].map(linePrefix);
}

/** Names may have spaces. */
const AUTHORIZED = /connection authorized: user=(.+?) database=(.+?)(?= application_name=| SSL enabled|$)/;
const IMPLAUSIBLE = /[\s@|,;:=()[\]]/;

/**
 * What each part of a prefix must earn, as a share of the lines, and one that fits nearly anything: what fits a few damaged
 * lines as well is not better.
 */
const COST = 0.1;
const LOOSE_COST = 0.3;

/**
 * How many lines a prefix fits, and how well: whether the user and database that it finds in them may be right.
 *
 * @param told names that lines of new connections tell: these are right, whatever they look like
 */
function rate(prefix: LinePrefix, lines: readonly string[], told: ReadonlySet<string>) {
  let fitting = 0;
  let plausible = 0;
  for (const line of lines) {
    const parsed = prefix.parse(line);
    if (!parsed) continue;
    fitting++;
    const { u: user = '', d: database = '' } = parsed.fields;
    const [, knownUser = user, knownDatabase = database] = AUTHORIZED.exec(parsed.text) ?? [];
    for (const [found, known] of [
      [user, knownUser],
      [database, knownDatabase],
    ]) {
      const isPlausible = found === '[unknown]' || told.has(found!) || !IMPLAUSIBLE.test(found!);
      if (found !== '') plausible += isPlausible && found === known ? 1 : -1;
    }
  }
  const parts = prefix.text.match(/%[^q]/g) ?? [];
  const cost = parts.reduce((sum, part) => sum + (/[audrhib]/.test(part) ? LOOSE_COST : COST), 0);
  return { prefix, fitting, points: fitting + plausible - cost * lines.length };
}

/** Each text once, the most frequent first. */
function commonest(texts: string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([text]) => text);
}
