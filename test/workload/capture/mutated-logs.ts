import { type Random, random } from '../../../src/machine/random.js';
import { csvlog } from '../../../src/workload/capture/csvlog.js';
import { jsonlog } from '../../../src/workload/capture/jsonlog.js';
import type { LogFormat, LogRecord } from '../../../src/workload/capture/log-record.js';
import { ParameterReader } from '../../../src/workload/capture/parameters.js';
import { readEntry } from '../../../src/workload/capture/statements.js';
import { stderr } from '../../../src/workload/capture/stderr.js';
import { at, csvlogRecord, type LogLine } from './csvlog-text.js';
import { jsonlogRecord } from './jsonlog-text.js';
import { stderrRecord } from './stderr-text.js';

/** Logs of which every third line is damaged in some way, and whether all that is in them is accounted for. */

interface Mutable {
  format: LogFormat;
  write(line: LogLine): string;
  /** Whether lines are one record and nothing else, as far as that can be told without reading it. */
  isOneRecord(lines: string[]): boolean;
}

const PREFIX = '%m [%p] %q%u@%d %e ';
/** Damage may put two labels on a line: which of them is its own depends on what a name may be. */
const HEAD = /^\d{4}-\d\d-\d\d [\d:.]+ .*(?:\p{Lu}[\p{L}\d]+|\p{Lo}{2,}):(?: {2}|\s*$)/su;
const MORE = /^\d{4}-.*(?:DETAIL|HINT|QUERY|CONTEXT|STATEMENT|LOCATION|BACKTRACE):(?: {2}|\s*$)/s;

export const MUTABLE: Record<string, Mutable> = {
  csvlog: {
    format: csvlog,
    write: (line) => csvlogRecord(line),
    // One may begin in mid-line, after what is left of another.
    isOneRecord: (lines) => headsIn(lines.join('\n')).some(endsWithItsLine),
  },
  jsonlog: {
    format: jsonlog,
    write: jsonlogRecord,
    isOneRecord: ([line, ...more]) =>
      (more.length === 0 && isJson(line!.slice(Math.max(0, line!.lastIndexOf('{"timestamp":"'))))) ||
      isJson(line!),
  },
  stderr: {
    format: stderr,
    write: (line) => stderrRecord(line, PREFIX),
    isOneRecord: ([first, ...more]) =>
      HEAD.test(first!) &&
      more.every((line) => line.startsWith('\t') || line.trim() === '' || MORE.test(line)),
  },
};

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function headsIn(text: string): string[] {
  return [...text.matchAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} /g)].map(({ index }) => text.slice(index));
}

/** Every line break is within quotes. */
function endsWithItsLine(text: string): boolean {
  return text.split('\n').every((_, i, lines) => {
    const isOpen =
      (lines
        .slice(0, i + 1)
        .join('')
        .split('"').length -
        1) %
        2 ===
      1;
    return isOpen === i < lines.length - 1;
  });
}

const FRAGMENTS = [
  '"',
  '""',
  ',',
  '\t',
  '\r',
  '\0',
  '\\',
  '{',
  '}',
  '\xff',
  ' LOG:  ',
  '%',
  '2025-03-03 10:00:00.000 UTC',
];

/** Ways of damaging a line; its line break is left out. */
const MUTATIONS: ((line: string, other: string, rng: Random) => string)[] = [
  (line, _, rng) => line.slice(0, rng.below(line.length + 1)),
  (line, _, rng) => line.slice(rng.below(line.length + 1)),
  (line, _, rng) => inserted(line, rng.pick(FRAGMENTS), rng),
  (line, _, rng) => inserted(line, String.fromCharCode(rng.below(256)), rng),
  (line, other, rng) => inserted(line, other, rng),
  (line, other, rng) => line.slice(0, rng.below(line.length + 1)) + other.slice(rng.below(other.length + 1)),
  (line) => `${line}\n${line}`,
  (_line, other) => other,
  () => '',
  (line, _, rng) => {
    const from = rng.below(line.length + 1);
    return line.slice(0, from) + line.slice(from + 1 + rng.below(4));
  },
  (line, _, rng) => line.replace(/\d/g, (digit) => (rng.below(8) === 0 ? '9' : digit)),
];

function inserted(line: string, text: string, rng: Random): string {
  const place = rng.below(line.length + 1);
  return line.slice(0, place) + text + line.slice(place);
}

/** What became of the lines of a log. */
export interface Account {
  lines: number;
  mutated: number;
  records: number;
  /** Further lines of records. */
  continued: number;
  damaged: number;
  /** Records that begin on a line that holds the end of something else. */
  sharing: number;
}

const BLOCK_RECORDS = 600;

/**
 * Reads logs until so many lines of them were mutated.
 * @throws Error where a line is not accounted for, or an undamaged record is lost
 */
export function readMutated(name: string, mutatedLines: number, seed: number): Account {
  const account: Account = { lines: 0, mutated: 0, records: 0, continued: 0, damaged: 0, sharing: 0 };
  for (let block = 0; account.mutated < mutatedLines; block++) {
    const rng = random(seed, 0, block);
    const { text, intact, mutated } = mutatedLog(MUTABLE[name]!, rng);
    account.mutated += mutated;
    try {
      readBlock(MUTABLE[name]!, text, { intact, rng, account });
    } catch (error) {
      throw new Error(`${name}, seed ${seed}, block ${block}: ${(error as Error).message}`, { cause: error });
    }
  }
  return account;
}

/** @returns the log as latin1, and the numbers of records far from any damage */
function mutatedLog({ write }: Mutable, rng: Random) {
  const records = Array.from({ length: BLOCK_RECORDS }, (_, i) =>
    Buffer.from(write(someLine(i, rng)))
      .toString('latin1')
      .slice(0, -1)
      .split('\n'),
  );
  const lines = records.flat();
  const damaged = new Set<number>();
  let mutated = 0;
  // Damage comes in stretches, so that there are undamaged ones as well.
  let inStretch = false;
  const text = records
    .flatMap((record, i) => {
      if (rng.below(10) === 0) inStretch = !inStretch;
      return record.map((line) => {
        if (!inStretch || rng.below(3) === 0) return line;
        mutated++;
        damaged.add(i);
        return rng.pick(MUTATIONS)(line, rng.pick(lines), rng);
      });
    })
    .join('\n');
  const isNear = (i: number) => [-2, -1, 0, 1, 2].some((off) => damaged.has(i + off));
  return { text, mutated, intact: records.map((_, i) => i).filter((i) => !isNear(i)) };
}

function someLine(i: number, rng: Random): LogLine {
  const line = { time: at(i * 10), session: `67c57aa0.${(4711 + rng.below(9)).toString(16)}` };
  const text = `/* #${i}# */ ${rng.pick(['SELECT 1', 'SELECT "a",\n\t$1', "INSERT INTO t\nVALUES ('it''s', '\"')", 'ü — 😀'])}`;
  switch (rng.below(4)) {
    case 0:
      return { ...line, severity: 'ERROR', sqlState: '42601', message: `syntax error #${i}#`, query: text };
    case 1:
      return {
        ...line,
        message: `execute <unnamed>: ${text}`,
        detail: "Parameters: $1 = 'two\nlines', $2 = NULL",
      };
    case 2:
      return {
        ...line,
        message: `duration: ${rng.below(99)}.123 ms  bind s: ${text}`,
        detail: "Parameters: $1 = 'x'",
      };
    default:
      return { ...line, message: `duration: ${rng.below(99)}.123 ms  statement: ${text}` };
  }
}

interface Place {
  line: number;
  record?: LogRecord;
}

function readBlock(
  { format, isOneRecord }: Mutable,
  text: string,
  { intact, rng, account }: { intact: number[]; rng: Random; account: Account },
): void {
  const places: Place[] = [];
  const parameters = new ParameterReader();
  const reader = format.reader(
    {
      record(record, line) {
        places.push({ line, record });
        const entry = readEntry(record);
        if (entry && 'detail' in entry && entry.detail !== undefined) parameters.read(entry.detail, 2);
      },
      torn: (line) => places.push({ line }),
    },
    rng.below(2) === 0 ? PREFIX : undefined,
  );
  const bytes = Buffer.from(text, 'latin1');
  for (let from = 0; from < bytes.length; ) {
    const to = from + 1 + rng.below(1 << 14);
    reader.push(bytes.subarray(from, to));
    from = to;
  }
  reader.end();
  countLines(places, text.split('\n'), isOneRecord, account);
  const found = new Set(
    places.flatMap(({ record }) => /#(\d+)#/.exec(record?.message ?? '')?.[1] ?? []).map(Number),
  );
  const lost = intact.filter((i) => !found.has(i));
  if (lost.length > 0) throw new Error(`records ${lost.join(', ')}, far from any damage, were lost`);
}

/** Each line is a record's, or damaged: from where that is told to where the next record begins. */
function countLines(
  places: Place[],
  lines: string[],
  isOneRecord: (lines: string[]) => boolean,
  account: Account,
): void {
  account.lines += lines.length;
  const first = lines.findIndex((line) => line.trim() !== '');
  if (first !== -1 && (places[0]?.line ?? lines.length + 1) > first + 1)
    throw new Error(`line ${first + 1} is of nothing`);
  account.damaged += (places[0]?.line ?? lines.length + 1) - 1;
  places.forEach(({ line, record }, i) => {
    const end = places[i + 1]?.line ?? lines.length + 1;
    if (end < line || end > lines.length + 1) throw new Error(`after line ${line} comes line ${end}`);
    const span = lines.slice(line - 1, end - 1);
    if (!record) {
      account.damaged += span.length;
      return;
    }
    account.records++;
    account.continued += Math.max(0, span.length - 1);
    if (span.length === 0) {
      account.sharing++;
      return;
    }
    while (span.length > 1 && span.at(-1)!.trim() === '') span.pop();
    if (!isOneRecord(span))
      throw new Error(`lines ${line} to ${end - 1} are not one record alone: ${JSON.stringify(span)}`);
  });
}
