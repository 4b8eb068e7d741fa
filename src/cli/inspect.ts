import type { Command } from 'commander';
import { configuredTargets } from '../compare/index.js';
import {
  type Inspected,
  type InspectedStatement,
  inspectWorkload,
  PARTS,
  type Part,
  type Work,
  weightOf,
} from '../inspect/index.js';
import { formatCount, formatCounted, formatPercent, formatSpan, shellWord } from '../machine/pure.js';
import { aligned } from '../report/index.js';
import { DEFAULT_TARGETS } from '../score/index.js';
import type { CommandContext } from './context.js';
import { addExamples } from './examples.js';
import { say, sayJson } from './output.js';
import { readFlags } from './run-options.js';

/** `bench inspect`: what a replica could take, before anything is run. */
export function inspectCommand(bench: Command, context: CommandContext): void {
  const command = bench
    .command('inspect')
    .description('say what a replica could take, before anything is run')
    .argument(
      '<trace|url>',
      'a trace made by "bench import", or postgres://user@host/database of a primary that counts its statements',
    )
    .option(
      '--policy <name|file>',
      'routing policy of the split: a shipped name or a JSON file (default: balanced)',
    )
    .option('--json', 'print all statements, and where they would run, as JSON')
    .action(async (what: string, { json, ...flags }: { json?: boolean; policy?: string }) => {
      const { policy } = (await readFlags(flags, context)).work;
      const inspected = await context.withProgress(({ signal, onProgress }) => {
        onProgress({ phase: 'reading', etaS: null, detail: what });
        return inspectWorkload(what, { policy, signal });
      });
      if (json) sayJson(inspected);
      else say(...inWords(inspected, await wantedReduction()));
    });
  addExamples(command, {
    'bench inspect postgres://app@db1/shop': 'by what the primary has counted since its statistics began',
    'bench inspect shop.trace --policy lsn': 'by a captured log, with a policy that moves every read',
  });
}

/** By how many percent the reads on the primary should be fewer; undefined where that is no target. */
async function wantedReduction(): Promise<number | undefined> {
  const { targets = DEFAULT_TARGETS } = await configuredTargets();
  return targets.find(({ metric }) => metric === 'primary-read-volume')?.bound;
}

function inWords(inspected: Inspected, wanted: number | undefined): string[] {
  return [
    ...aboutSource(inspected),
    '',
    ...(inspected.statements.length > 0 ? [...table(inspected), ''] : []),
    ...verdict(inspected, wanted),
    ...listed('What moves most', movers(inspected), inspected),
    ...listed('What only reads, by its text, and stays', stayers(inspected), inspected),
    '',
    ...next(inspected),
  ];
}

function aboutSource({ source, statements }: Inspected): string[] {
  const texts = formatCounted(statements.length, 'different statement');
  if (source.kind === 'trace') {
    const { file, sessions, durationS } = source;
    return [`${file}: ${texts} in ${formatCounted(sessions, 'session')} over ${formatSpan(durationS)}.`];
  }
  const { server, since, standby, discarded, hidden } = source;
  const began = since === null ? '' : ` since ${since.slice(0, 16).replace('T', ' ')} UTC`;
  return [
    `${server}: ${texts}, counted by pg_stat_statements${began}.`,
    ...(standby ? ['Note: this server is a replica; what its primary answers shows on the primary.'] : []),
    ...(discarded > 0
      ? [
          `Note: rare statements were forgotten (${formatCounted(discarded, 'time')}) to make room for others: raise pg_stat_statements.max to count them all.`,
        ]
      : []),
    ...(hidden > 0
      ? [
          `Note: ${formatPercent(100 * hidden, 2)} of the time went to statements that this role may not see: GRANT pg_read_all_stats to it.`,
        ]
      : []),
  ];
}

const COLUMNS = { calls: 'calls', execMs: 'time', blocks: 'blocks' } as const satisfies Record<
  keyof Work,
  string
>;

/** A line for each place where statements would run, with its share of all that was counted. */
function table({ parts, atMost }: Inspected): string[] {
  const columns = (Object.keys(COLUMNS) as (keyof Work)[]).filter((column) => parts.moves[column] !== null);
  const shown = (Object.keys(PARTS) as Part[]).filter((part) => !(part === 'transaction' && atMost));
  const sum = (column: keyof Work) => shown.reduce((all, part) => all + parts[part][column]!, 0);
  const rows = [
    ['', ...columns.map((column) => COLUMNS[column])],
    ...shown.map((part) => [
      PARTS[part],
      ...columns.map((column) => share(parts[part][column]! / (sum(column) || 1))),
    ]),
  ];
  return aligned(rows, (column) => (column === 0 ? 'left' : 'right'));
}

function verdict(
  { readsMoved, readsMovable, policy, atMost }: Inspected,
  wanted: number | undefined,
): string[] {
  if (readsMoved === null || readsMovable === null)
    return ['There are no reads here that a replica could take.'];
  const lines = [
    `With policy "${policy}", ${atMost ? 'at most' : 'about'} ${share(readsMoved)} of the reads would leave the primary.`,
  ];
  if (wanted !== undefined) {
    const target = `The target of ${formatPercent(wanted)} fewer reads on the primary`;
    lines.push(
      100 * readsMoved >= wanted
        ? `${target} is within reach. What that does to CPU, latency and lag takes a measurement.`
        : 100 * readsMovable >= wanted
          ? `${target} can’t be met with this policy. One that moves all it can would take ${share(readsMovable)}.`
          : `${target} can’t be met with any policy: only ${share(readsMovable)} could move at all.`,
    );
  }
  if (atMost) {
    lines.push(
      'Reads within transactions that may write stay with them. These counts don’t tell which those are; a trace does.',
    );
  }
  return lines;
}

/** To a tenth of a percent: what is below moves no decision. */
function share(of: number): string {
  return `${(100 * of).toFixed(1)} %`;
}

/** Statements listed of a kind. */
const LISTED = 5;

/** A statement, and the work that a list is about. */
type Listed = InspectedStatement & { work: number };

function movers({ statements }: Inspected): Listed[] {
  return statements
    .map((each) => ({ ...each, work: each.moves * weightOf(each) }))
    .filter(({ work }) => work > 0)
    .sort((a, b) => b.work - a.work);
}

function stayers({ statements }: Inspected): Listed[] {
  return statements
    .filter(({ moves, looksLikeRead }) => moves === 0 && looksLikeRead)
    .map((each) => ({ ...each, work: weightOf(each) }));
}

function listed(title: string, some: Listed[], { statements }: Inspected): string[] {
  if (some.length === 0) return [];
  const all = statements.reduce((sum, each) => sum + weightOf(each), 0) || 1;
  const unit = statements[0]!.execMs === null ? 'calls' : 'time';
  return [
    '',
    `${title} (share of all ${unit}):`,
    ...some.slice(0, LISTED).map(({ name, text, work, moves, stays }) => {
      const why = moves === 0 ? ` (${stays})` : '';
      return `  ${share(work / all).padStart(6)}  ${cut(name === undefined ? text : `${name}: ${text}`)}${why}`;
    }),
    ...(some.length > LISTED
      ? [`          and ${formatCount(some.length - LISTED)} more: --json lists them`]
      : []),
  ];
}

const WIDEST = 80;

/** On one line, and short enough for one. */
function cut(text: string): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  return flat.length > WIDEST ? `${flat.slice(0, WIDEST - 1)}…` : flat;
}

function next({ source }: Inspected): string[] {
  if (source.kind === 'server') {
    return [
      'To measure it, log the statements of a busy hour, and replay them: docs/capture.md has the steps.',
    ];
  }
  return [
    'To measure it, with a dump of its database:',
    `  bench run baseline --workload ${shellWord(source.file)} --snapshot DUMP && bench run split && bench compare`,
  ];
}
