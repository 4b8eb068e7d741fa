import { formatCount, formatPercent } from '../../machine/pure.js';
import {
  type AnswerCounts,
  type AnswerDifference,
  DIFFERENCES,
  different,
  EVIDENCE,
  type Evidence,
  type NotCompared,
  type StatementDivergence,
  share,
  unexplained,
} from '../../score/index.js';
import { markup } from './markup.js';
import type { Section } from './section.js';
import { MOST_STATEMENTS, statementText } from './statements.js';
import { type Cell, count, numbers, tableOf } from './table.js';

const EVIDENCE_WORDS: Record<Evidence, string> = {
  certain: 'Nothing that they read is written to: they had to be the same',
  settled: 'The baseline answered the same before and after: nothing had changed',
  changing: 'What they read is written to: concurrency may change them',
};
const DIFFERENCE_WORDS: Record<AnswerDifference, string> = {
  ordering: 'Other order',
  stale: 'Stale',
  newer: 'Newer',
  missing: 'Rows missing',
  other: 'Other',
};
const NOT_COMPARED_WORDS: Record<NotCompared, string> = {
  undetermined: 'the answer is not decided by the data',
  'not-sent': 'not sent on one side',
  failed: 'failed on one side',
  skipped: 'skipped on one side',
};

/** Where the answers of the sides differ; no section for runs that did not check. */
export const divergence: Section = {
  title: 'Answers that differ',
  body({ scorecard: { divergence } }) {
    if (!divergence) return null;
    const { byEvidence, equalRuns, statements, notCompared, reads } = divergence;
    const wrong = unexplained(byEvidence);
    const left = notCompared.reduce((sum, { count }) => sum + count, 0);
    const shown = statements.slice(0, MOST_STATEMENTS);
    return markup`<p>${wrong === 0 ? 'No answer differed where nothing had changed.' : `${formatCount(wrong)} answers differed where nothing had changed.`} Of ${formatCount(reads)} reads ${formatCount(reads - left)} were compared with the baseline’s answer to the same read.</p>
${tableOf({
  caption: 'Answers of the split, compared with the baseline’s',
  columns: ['Answers', ...COUNTS],
  rows: [
    ...EVIDENCE.map((evidence): Cell[] => [EVIDENCE_WORDS[evidence], ...countCells(byEvidence[evidence])]),
    ...(equalRuns
      ? (['settled', 'changing'] as const).map((evidence): Cell[] => [
          `Between two baselines: ${EVIDENCE_WORDS[evidence]}`,
          ...countCells(equalRuns.byEvidence[evidence]),
        ])
      : []),
  ],
})}
<p class="aside">Stale: the baseline gave that answer to the same question earlier. Newer: the baseline still gave what the split had answered earlier. Two runs never interleave their writes alike, so where tables are written to, answers differ between two baselines too, and stale ones about as often as newer ones; where a write was much later on one side, even an answer between two equal ones. ${!equalRuns && 'Run the baseline twice with --check-results, and its own differences stand here to compare with.'} Moments of the run itself, such as now() in a written row, count as equal.</p>
${tableOf(
  {
    caption: `Statements whose answers were compared${shown.length < statements.length ? `: the first ${formatCount(MOST_STATEMENTS)} of ${formatCount(statements.length)}` : ''}`,
    columns: [
      'Statement',
      ...COUNTS,
      ...numbers('Where nothing had changed', 'Not compared'),
      'Why not certain',
    ],
    rows: shown.map(statementCells),
  },
  { sortable: true },
)}
${
  notCompared.length > 0 &&
  markup`<p>Not compared: ${notCompared.map(({ reason, count }) => `${formatCount(count)} (${NOT_COMPARED_WORDS[reason]})`).join(', ')}.</p>`
}`;
  },
};

const COUNTS = numbers('Compared', 'Differ', 'Share', ...DIFFERENCES.map((each) => DIFFERENCE_WORDS[each]));

function countCells(counts: AnswerCounts): Cell[] {
  return [
    count(counts.compared),
    count(different(counts)),
    counts.compared === 0
      ? { text: 'none', sort: -1 }
      : { text: formatPercent(share(counts)), sort: share(counts) },
    ...DIFFERENCES.map((difference) => count(counts[difference])),
  ];
}

function statementCells({ name, because, notCompared, byEvidence }: StatementDivergence): Cell[] {
  return [
    statementText(name),
    ...countCells(sum(Object.values(byEvidence))),
    count(unexplained(byEvidence)),
    count(notCompared),
    because,
  ];
}

function sum(all: AnswerCounts[]): AnswerCounts {
  const total = (key: keyof AnswerCounts) => all.reduce((sum, counts) => sum + counts[key], 0);
  const keys = ['compared', 'same', ...DIFFERENCES] as const;
  return Object.fromEntries(keys.map((key) => [key, total(key)])) as AnswerCounts;
}
