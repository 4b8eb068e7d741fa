/** What stands for `%` and each letter in a line, as the server's `log_status_format` writes it. */
const ESCAPES: Record<string, string> = {
  a: '.{0,64}?',
  u: '.{0,64}?',
  d: '.{0,64}?',
  r: '\\S{0,300}?',
  h: '\\S{0,300}?',
  L: '\\S{0,300}?',
  // Of several words: the next field must not begin with the second.
  b: '(?:client backend|parallel worker|background (?:worker|writer)|autovacuum (?:launcher|worker)|logical replication \\w+(?: \\w+)?|not initialized|.{0,100}?)',
  p: '\\d+',
  P: '\\d*',
  t: '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d (?:[A-Za-z]{1,12}|[+-]\\d{2,4})',
  m: '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} (?:[A-Za-z]{1,12}|[+-]\\d{2,4})',
  n: '\\d{9,10}\\.\\d{3}',
  s: '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d (?:[A-Za-z]{1,12}|[+-]\\d{2,4})',
  i: '(?:idle in transaction \\(aborted\\)|idle in transaction|[A-Z]+(?: [A-Z]+)*|.{0,64}?)',
  e: '[0-9A-Z]{5}',
  c: '[0-9a-f]+\\.[0-9a-f]+',
  l: '\\d+',
  v: '(?:-?\\d+/\\d+)?',
  x: '\\d+',
  Q: '-?\\d+',
};
/** What escapes stand for, by their letters; `q` for all that comes after it. Undefined where a line has none. */
export type PrefixFields = Partial<Record<string, string>>;

/** `LOG`, `DETAIL`, `FEHLER`, `日志`: what says the kind of a line, after its prefix. */
const LABEL = '(?<label>\\p{Lu}[\\p{L}\\d]{1,19}|\\p{Lo}{2,20}):(?:  |\\s*$)';

/** The beginning of a line, as a `log_line_prefix` makes it. */
export interface LinePrefix {
  /** The setting. */
  text: string;
  /** Whether it has %m, %t or %n. */
  hasTime: boolean;
  /** @returns undefined if the line has another beginning, or none */
  parse(line: string): { fields: PrefixFields; label: string; text: string } | undefined;
}

/** Reads lines by the `log_line_prefix` that they were written with. */
export function linePrefix(text: string): LinePrefix {
  const { source, letters } = patternOf(text);
  const pattern = new RegExp(`^${source}${LABEL}(?<text>.*)$`, 'su');
  return {
    text,
    hasTime: ['m', 't', 'n'].some((letter) => letters.has(letter)),
    parse(line) {
      const groups = pattern.exec(line)?.groups;
      return groups && { fields: groups, label: groups.label!, text: groups.text! };
    },
  };
}

/** The pattern of a prefix, and the letters of the escapes that have a group in it. */
function patternOf(prefix: string): { source: string; letters: Set<string> } {
  const letters = new Set<string>();
  let source = '';
  let isOptional = false;
  for (const [part, padding, letter] of prefix.matchAll(/%(-?\d*)(.)|[^%]+|%$/gsu)) {
    if (letter === undefined) source += literal(part);
    else if (letter === '%') source += '%';
    else if (letter === 'q' && !isOptional) {
      // What writes no statements, such as the checkpointer, writes nothing of what follows.
      isOptional = true;
      source += '(?<q>';
    }
    const value = letter === undefined || padding === undefined ? undefined : ESCAPES[letter];
    if (value === undefined) continue;
    const group = letters.has(letter!) ? `(?:${value})` : `(?<${letter}>${value})`;
    letters.add(letter!);
    source += padding === '' ? group : ` *${group} *`;
  }
  return { source: isOptional ? `${source})?` : source, letters };
}

/** Spaces are as many as there are: values may be padded. */
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replace(/ +/g, ' +');
}
