import { mkdirSync, mkdtempSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Random, random } from '../../../src/machine/pure.js';
import type { Plan } from '../../../src/record/plan.js';
import { hashPlan } from '../../../src/record/plan-file.js';
import { TRIALS_SCHEMA } from '../../../src/record/trials.js';
import { policies } from '../../../src/router/index.js';
import { TRACE_SCHEMA } from '../../../src/workload/trace.js';
import { pairOf, smartmenuModel } from '../../score/fixture.js';
import { at, csvlogRecord } from '../../workload/capture/csvlog-text.js';
import type { Ground } from './ground.js';
import { asJson, damage, type Mutated, mutateValue } from './mutate.js';
import type { Around, Exit, Fault } from './promises.js';

/** A file that users give, and a command that reads it. */
interface Kind {
  name: string;
  /** As it is when nothing is wrong with it. */
  whole(): { value: unknown } | { text: string };
  /** Puts the content into a value's file. */
  write?(value: unknown): string;
  /** What is read beside it, by its name. */
  beside?(): Record<string, string>;
  /** Its name, from where the command is run. */
  file: string;
  args: readonly string[];
  /** How the command ends where what is wrong is nothing to it. */
  fine: readonly Exit[];
}

/** Read by a command that begins nothing: a captured trace, without the data that it needs. */
const NO_SNAPSHOT = ['plan', '--workload', 'captured.trace'];

const KINDS: readonly Kind[] = [
  {
    name: 'a record',
    whole: () => ({ value: records().split }),
    beside: () => ({ 'given/baseline/run.json': asJson(records().baseline) }),
    file: 'given/split/run.json',
    args: ['compare', 'given/baseline', 'given/split', '--out', 'compared'],
    fine: [0, 1, 3],
  },
  {
    name: 'trials that are compared',
    whole: () => ({ value: trials() }),
    beside: () => ({
      'given/baseline/run.json': asJson(records().baseline),
      'given/split/run.json': asJson(records().split),
    }),
    file: 'given/trials.json',
    args: ['compare', 'given', '--out', 'compared'],
    fine: [0, 1, 3],
  },
  {
    name: 'trials that are gone on with',
    whole: () => ({ value: trials() }),
    file: 'given/trials.json',
    // They are of another machine.
    args: ['trials', '--resume', 'given'],
    fine: [],
  },
  {
    name: 'a plan',
    whole: () => ({ value: planned() }),
    file: 'given/plan.json',
    args: ['run', 'baseline', '--plan', 'given/plan.json'],
    fine: [],
  },
  {
    name: 'a policy',
    whole: () => ({ value: policies.balanced }),
    beside: captured,
    file: 'given/policy.json',
    args: [...NO_SNAPSHOT, '--policy', 'given/policy.json'],
    fine: [],
  },
  {
    name: 'bench.config.ts',
    whole: () => ({
      value: {
        driver: 'player',
        nodeCpus: 0.5,
        policy: policies.lsn,
        targets: [{ metric: 'primary-cpu', bound: 30 }],
        settings: { work_mem: '16MB' },
      },
    }),
    write: (value) => `export default ${asJson(value)}`,
    beside: captured,
    file: 'bench.config.ts',
    args: NO_SNAPSHOT,
    fine: [],
  },
  {
    name: 'a trace',
    whole: () => ({ text: captured()['captured.trace']! }),
    file: 'captured.trace',
    args: NO_SNAPSHOT,
    fine: [],
  },
  {
    name: 'a log',
    whole: () => ({ text: log() }),
    file: 'given/server.csv',
    args: ['import', 'given/server.csv', '-o', 'made.trace'],
    fine: [0],
  },
];

/** Of this length a record has all that longer ones have. */
const MODEL = { ...smartmenuModel, durationS: 20, warmupS: 0 };

function records() {
  const { baseline, split } = pairOf(MODEL);
  for (const run of [baseline, split]) run.planHash = hashPlan(run.plan);
  return { baseline, split };
}

function planned() {
  const { plan } = pairOf(MODEL).baseline;
  return { plan, planHash: hashPlan(plan) };
}

function trials() {
  return {
    schema: TRIALS_SCHEMA,
    id: 'trials',
    benchVersion: '0.1.0',
    startedAt: '2026-01-02T03:04:05.000Z',
    ...planned(),
    ...{ rateSearch: null, aa: false, control: false, seeds: false, planned: 1, orderSeed: 1 },
    pairs: [
      { order: ['baseline', 'split'], runs: { baseline: 'baseline/run.json', split: 'split/run.json' } },
    ],
  };
}

function captured(): Record<string, string> {
  const header = { schema: TRACE_SCHEMA, kind: 'sql', workload: 'server.csv', meta: { database: 'shop' } };
  const events = Array.from({ length: 40 }, (_, i) => ({
    ...{ dueUs: i * 50_000, session: i % 5, category: i % 4 === 0 ? 'write' : 'read', priority: 'high' },
    sql: { text: 'SELECT name FROM item WHERE id = $1', values: [String(i)] },
    ...(i < 5 && { user: 'app' }),
  }));
  return { 'captured.trace': [header, ...events].map((line) => asJson(line)).join('') };
}

function log(word = 'a'): string {
  return Array.from({ length: 200 }, (_, i) =>
    csvlogRecord({
      time: at(i * 20),
      session: `67c57aa0.${i % 7}`,
      line: i,
      message: `duration: 1.250 ms  statement: SELECT 'It''s ${word} "${i}"'`,
    }),
  ).join('');
}

/** Files that were damaged, each with one thing wrong in it, drawn by chance: they are taken, or refused in a sentence. */
export function mutatedFiles(count: number, seed: number): Fault[] {
  return Array.from({ length: count }, (_, index) => mutatedFile(index, random(seed, 2, index)));
}

function mutatedFile(index: number, chance: Random): Fault {
  const kind = KINDS[index % KINDS.length]!;
  const { what, content } = mutate(kind, chance);
  const files = { ...kind.beside?.(), [kind.file]: content };
  return fileFault({ ...kind, name: `${kind.name}: ${what}`, files, exits: [...kind.fine, 2] });
}

/** Sometimes the file is damaged, mostly something in it is wrong. */
function mutate({ whole, write = asJson }: Kind, chance: Random): Mutated {
  const it = whole();
  if ('text' in it) return chance.next() < 0.5 ? damage(it.text, chance) : withBentLine(it.text, chance);
  if (chance.next() < 0.2) return damage(write(it.value), chance);
  const { what, value } = mutateValue(it.value, chance);
  const hashed = chance.next() < 0.8 && withItsHash(value);
  return { what: `${what}${hashed ? ', its hash put right' : ''}`, content: write(value) };
}

/** So that it isn't refused for the hash alone. */
function withItsHash(value: unknown): boolean {
  const planned = value as { plan?: Plan; planHash?: string } | null;
  if (!planned?.plan || planned.planHash === undefined) return false;
  planned.planHash = hashPlan(planned.plan);
  return true;
}

/** One line of JSON is changed as a value; one of a log has something else in a column. */
function withBentLine(text: string, chance: Random): Mutated {
  const lines = text.trimEnd().split('\n');
  const index = chance.below(lines.length);
  const line = lines[index]!;
  const bent = line.startsWith('{')
    ? mutateValue(JSON.parse(line), chance)
    : mutateValue(line.split(','), chance);
  lines[index] = line.startsWith('{') ? asJson(bent.value).trimEnd() : [bent.value].flat().join(',');
  return { what: `line ${index + 1}: ${bent.what}`, content: `${lines.join('\n')}\n` };
}

interface FileFault extends Pick<Fault, 'name' | 'args' | 'exits' | 'says' | 'check' | 'withinS'> {
  files: Record<string, string | Buffer>;
  /** Links, by their names. */
  links?: Record<string, string>;
  launcher?: readonly string[];
}

/** Files that are given to a command, in a folder of its own. */
export function fileFault({ files, links = {}, launcher, ...fault }: FileFault): Fault {
  const { name, args, exits, says, check, withinS = 30 } = fault;
  return {
    ...{ name, args, exits, says, check, withinS },
    around(ground: Ground): Around {
      const folder = mkdtempSync(join(ground.root, 'given-'));
      for (const [file, content] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, file)), { recursive: true });
        writeFileSync(join(folder, file), content);
      }
      for (const [file, target] of Object.entries(links)) symlinkSync(target, join(folder, file));
      return { folder, launcher };
    },
  };
}

const TWO_IMPORTS =
  '"$@" import a.csv -o made.trace & "$@" import b.csv -o made.trace; ended=$?; wait $! && exit $ended';

/** Files that were met, each of which once did harm. */
export function knownFiles(): Fault[] {
  const record = records().split;
  return [
    fileFault({
      name: 'trials of a billion pairs',
      files: { 'given/trials.json': asJson({ ...trials(), planned: 1e9 }) },
      args: ['trials', '--resume', 'given'],
      exits: [2],
      says: /planned/,
    }),
    fileFault({
      name: 'trials that name a run outside of their folder',
      files: {
        'given/trials.json': asJson({
          ...trials(),
          pairs: [{ order: ['split', 'baseline'], runs: { baseline: '../other/run.json', split: null } }],
        }),
        'other/run.json': asJson(record),
      },
      args: ['compare', 'given'],
      exits: [2],
      says: /leads out of its folder/,
    }),
    fileFault({
      name: 'trials whose run is a link that leads out',
      files: { 'given/trials.json': asJson(trials()), 'other/run.json': asJson(record) },
      links: { 'given/split': '../other' },
      args: ['compare', 'given'],
      exits: [2],
      says: /leads out of its folder/,
    }),
    fileFault({
      name: 'a record in which a time is infinite',
      files: {
        'given/baseline/run.json': asJson(records().baseline),
        'given/split/run.json': asJson({ ...record, window: { ...record.window, seconds: '@@beyond@@' } }),
      },
      args: ['compare', 'given/baseline', 'given/split'],
      exits: [2],
      says: /window\.seconds/,
    }),
    ...['toString', 'constructor', '__proto__'].map((policy) =>
      fileFault({
        name: `a policy called ${policy}`,
        files: captured(),
        args: [...NO_SNAPSHOT, '--policy', policy],
        exits: [2],
        says: /policy/,
      }),
    ),
    fileFault({
      name: 'a bench.config.ts that exits',
      files: { ...captured(), 'bench.config.ts': 'process.exit(0);\nexport default {};\n' },
      args: NO_SNAPSHOT,
      exits: [2],
      says: /bench\.config\.ts/,
    }),
    fileFault({
      name: 'a bench.config.ts that never ends',
      files: { ...captured(), 'bench.config.ts': 'await new Promise(() => {});\nexport default {};\n' },
      args: NO_SNAPSHOT,
      exits: [2],
      says: /bench\.config\.ts/,
      withinS: 60,
    }),
    ...[
      { what: 'of years ago', time: '1953-03-03 10:00:01.000' },
      { what: 'that is none', time: '2025-13-45 10:00:01.000' },
    ].map(({ what, time }) =>
      fileFault({
        name: `a log with one date ${what}`,
        files: { 'server.csv': log().replace('2025-03-03 10:00:01.000', time) },
        args: ['import', 'server.csv', '-o', 'made.trace'],
        exits: [0],
        says: /1 damaged record was left out/,
      }),
    ),
    fileFault({
      name: 'a log that is a bomb',
      files: {
        'server.csv.gz': Buffer.concat([
          gzipSync(log()),
          ...Array(32).fill(gzipSync(Buffer.alloc(64 << 20))),
        ]),
      },
      args: ['import', 'server.csv.gz', '-o', 'made.trace'],
      exits: [0],
      says: /no record begins/,
    }),
    fileFault({
      name: 'a log with a quote that is never closed',
      files: { 'server.csv': `${log()}2025-03-03 11:00:00.000 UTC,"${'and so on\n'.repeat(1e7)}` },
      args: ['import', 'server.csv', '-o', 'made.trace'],
      exits: [0],
      says: /32 MiB/,
    }),
    fileFault({
      name: 'a trace of 72 years',
      files: {
        'captured.trace': captured()['captured.trace']!.replace(
          '"dueUs":1950000',
          '"dueUs":2272000000000000',
        ),
      },
      args: [...NO_SNAPSHOT, '--snapshot', 'nowhere.dump'],
      exits: [2],
      says: /72 years.*line/,
    }),
    ...[
      { what: 'before the trace begins', from: '"dueUs":0,', to: '"dueUs":-5,', says: /line 2/ },
      { what: 'before the one in front of it', from: '"dueUs":100000,', to: '"dueUs":7,', says: /line 4/ },
      { what: 'never', from: '"dueUs":100000,', to: '"dueUs":1e999,', says: /line 4/ },
    ].map(({ what, from, to, says }) =>
      fileFault({
        name: `a trace with an event that is due ${what}`,
        files: { 'captured.trace': captured()['captured.trace']!.replace(from, to) },
        args: NO_SNAPSHOT,
        exits: [2],
        says,
      }),
    ),
    fileFault({
      name: 'a log whose names hold escape codes',
      files: {
        'server.csv': log().replaceAll('shop', 'sh\u001b]0;owned\u0007op\u009b2J\u202e'),
      },
      args: ['import', 'server.csv', '-o', 'made.trace'],
      exits: [0, 2],
    }),
    fileFault({
      name: 'links where an import might put its drafts, and its trace',
      files: { 'server.csv': log(), 'victim.txt': 'precious' },
      links: Object.fromEntries(
        ['', '.partial', '.spill', '.tmp'].map((end) => [`made.trace${end}`, 'victim.txt']),
      ),
      args: ['import', 'server.csv', '-o', 'made.trace'],
      exits: [0],
    }),
    fileFault({
      name: 'a log that all may read, and a umask that lets them',
      files: { 'server.csv': log() },
      launcher: ['sh', '-c', 'umask 000; exec "$@"', 'sh'],
      args: ['import', 'server.csv', '-o', 'made.trace'],
      exits: [0],
      check: ({ folder }) =>
        (statSync(join(folder, 'made.trace')).mode & 0o777) === 0o600 ? [] : ['others can read the trace'],
    }),
    fileFault({
      name: 'two logs imported to one trace at once',
      files: { 'a.csv': log('first'), 'b.csv': log('second') },
      launcher: ['sh', '-c', TWO_IMPORTS, 'sh'],
      args: [],
      exits: [0],
      check({ folder }) {
        const text = readFileSync(join(folder, 'made.trace'), 'utf8');
        return text.includes('first') === text.includes('second') ? ['its rows are of both, or of none'] : [];
      },
    }),
    fileFault({
      name: 'a name of a file that holds escape codes',
      files: {},
      args: ['import', 'nowhere\u001b]0;own\u0007\u202e.csv', '-o', 'made.trace'],
      exits: [2],
    }),
    fileFault({
      name: 'a record with a key that objects have',
      files: {
        'given/baseline/run.json': asJson(records().baseline),
        'given/split/run.json': asJson(record).replace('{', '{"__proto__":{"side":"baseline"},'),
      },
      args: ['compare', 'given/baseline', 'given/split'],
      exits: [2],
      says: /__proto__/,
    }),
  ];
}
