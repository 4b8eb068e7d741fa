import Builder from 'fast-xml-builder';
import { asCalledAnywhere } from '../machine/index.js';
import { formatPercent, plainText } from '../machine/pure.js';
import {
  type Closing,
  closingOf,
  exitCodeFor,
  type Regression,
  type Scorecard,
  type ScoreRow,
  type Since,
  UNDECIDED,
  type ValidityCheck,
  type Verdict,
} from '../score/index.js';
import type { Reporter, ReportInput } from './reporter.js';
import {
  cureInWords,
  intervalInWords,
  loadInWords,
  sidesInWords,
  sinceInWords,
  targetInWords,
  VERDICTS,
  valueInWords,
} from './words.js';

/**
 * Each target and each check as a test case, by the schema that Ant's JUnit task has (github.com/windyroad/JUnit-Schema), which
 * Jenkins, GitLab and others read. They fail as the command does: what ends it with 1 is a failure, what ends it with 3 an error,
 * and whatever else is not as it should be is skipped.
 */
export const junit: Reporter = {
  fileName: 'compare.junit.xml',
  render(input, { failOn } = {}) {
    const { scorecard } = input;
    const closing = closingOf(scorecard, failOn);
    const cases = {
      targets: scorecard.scorecard.map((row) => caseOfRow(row, scorecard)),
      checks: scorecard.checks.map(caseOfCheck),
      // What is tested of equal runs is all that differs.
      ...(scorecard.equalSides && { costs: scorecard.regressions.flatMap((each) => caseOfCost(each) ?? []) }),
      ...(scorecard.since && { since: scorecard.since.map(caseOfChange) }),
    };
    const suites = Object.entries(cases).map(([name, told], id) =>
      suite(
        id,
        name,
        told.map((each) => testCase(name, each, closing)),
        input,
      ),
    );
    const document = {
      '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
      testsuites: { testsuite: suites },
    };
    return asCalledAnywhere(BUILDER.build(document));
  },
};

const BUILDER = new Builder({
  attributeNamePrefix: '@',
  ignoreAttributes: false,
  suppressBooleanAttributes: false,
  suppressEmptyNode: true,
  format: true,
  attributeValueProcessor: (_name: string, value: unknown) => inXml(String(value)),
  tagValueProcessor: (_name: string, value: unknown) => inXml(String(value)),
});

/** XML 1.0 has no way to write most control characters, nor half a surrogate pair. */
function inXml(text: string): string {
  return plainText(text, '\n')
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
}

/** What is told of a target or a check. */
interface Told {
  name: string;
  /** What kind of outcome it is, and what was found in a sentence. */
  type: string;
  message: string;
  /** What it is for a gate; `untested`: nothing by itself; null: as it should be. */
  is: Closing | 'untested' | null;
}

type Outcome = 'failure' | 'error' | 'skipped' | null;

interface TestCase {
  outcome: Outcome;
  xml: Record<string, unknown>;
}

function testCase(suite: string, { name, type, message, is }: Told, closing: readonly Closing[]): TestCase {
  const closes = closing.find((each) => each === is);
  const outcome = is && (closes ? OUTCOMES[exitCodeFor(closes)] : 'skipped');
  const told =
    outcome === 'skipped'
      ? { '@message': message }
      : { '@message': message, '@type': type, '#text': message };
  return {
    outcome,
    xml: {
      '@name': name,
      '@classname': `splitbench.${suite}`,
      '@time': '0',
      ...(outcome && { [outcome]: told }),
    },
  };
}

const OUTCOMES = { 1: 'failure', 3: 'error' } as const;

function caseOfRow(row: ScoreRow, scorecard: Scorecard): Told {
  const { title: name, verdict, reason, command } = row;
  const interval = intervalInWords(row);
  const level = formatPercent((row.interval?.level ?? 0) * 100);
  const value = `${valueInWords(row)}${loadInWords(row)}${interval && ` (${level} interval ${interval})`}`;
  const measured = [value, sidesInWords(row)].filter(Boolean).join(', ');
  if (scorecard.valid && scorecard.equalSides && verdict !== 'invalid')
    return { name, type: 'difference', message: `${measured}.`, is: ofEqualSides(row, scorecard) };
  const found = `${VERDICTS[verdict].word}: ${measured}; target: ${targetInWords(row)}.`;
  const message = [found, reason, command].filter(Boolean).join(' ');
  return { name, type: verdict, message, is: ofVerdict(verdict, scorecard) };
}

function ofVerdict(verdict: Verdict, { valid, scorecard: rows }: Scorecard): Told['is'] {
  if (!valid || verdict === 'invalid') return 'invalid';
  if (verdict === 'not-measured')
    return rows.every((row) => row.verdict === verdict) ? 'inconclusive' : 'untested';
  if (verdict === 'missed') return 'missed';
  return UNDECIDED.includes(verdict) ? 'inconclusive' : null;
}

/** Nothing should make a difference between equal runs. */
function ofEqualSides(
  { difference }: Pick<ScoreRow, 'difference'>,
  { scorecard, regressions }: Scorecard,
): Told['is'] {
  if (difference !== null) return difference === 'none-found' ? null : 'missed';
  return [...scorecard, ...regressions].every((each) => each.difference === null)
    ? 'inconclusive'
    : 'untested';
}

function caseOfCost({ title, sentence, difference }: Regression): Told | null {
  if (difference === null) return null;
  return {
    name: title,
    type: 'difference',
    message: sentence,
    is: difference === 'none-found' ? null : 'missed',
  };
}

function caseOfCheck({ title, state, found, ...todo }: ValidityCheck): Told {
  const is = { fails: 'invalid', result: 'missed', 'not-judged': 'untested', holds: null } as const;
  return { name: title, type: state, message: `${found}.${cureInWords(todo)}`, is: is[state] };
}

function caseOfChange(each: Since): Told {
  const is = { worse: 'worse', better: null, 'none-found': null, 'not-compared': 'untold' } as const;
  return { name: each.title, type: each.change, message: sinceInWords(each), is: is[each.change] };
}

function suite(id: number, name: string, cases: TestCase[], { pair, scorecard }: ReportInput): unknown {
  const { baseline, split } = pair;
  const count = (outcome: Outcome) => cases.filter((each) => each.outcome === outcome).length;
  const properties = {
    workload: split.plan.workload.name,
    policy: scorecard.policy,
    plan: split.planHash,
    bench: split.benchVersion,
  };
  return {
    '@id': id,
    '@package': 'splitbench',
    '@name': name,
    // The schema has no zone here; all times of a record are UTC.
    '@timestamp': split.finishedAt.slice(0, 19),
    '@hostname': 'localhost',
    '@tests': cases.length,
    '@failures': count('failure'),
    '@errors': count('error'),
    '@skipped': count('skipped'),
    '@time': baseline.window.seconds + split.window.seconds,
    properties: {
      property: Object.entries(properties).map(([key, value]) => ({ '@name': key, '@value': value })),
    },
    testcase: cases.map(({ xml }) => xml),
    'system-out': scorecard.headline,
    'system-err': '',
  };
}
