import Builder from 'fast-xml-builder';
import { asCalledAnywhere } from '../machine/index.js';
import { formatPercent, plainText } from '../machine/pure.js';
import { FAILURES, type ScoreRow, type Since, UNDECIDED, type ValidityCheck } from '../score/index.js';
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
 * Jenkins, GitLab and others read: missed is a failure, invalid an error, and what was not told is skipped.
 */
export const junit: Reporter = {
  fileName: 'compare.junit.xml',
  render(input, { failOn = FAILURES } = {}) {
    const { scorecard } = input;
    const suites = [
      suite(
        0,
        'targets',
        scorecard.scorecard.map((row) => caseOfRow(row, failOn)),
        input,
      ),
      suite(1, 'checks', scorecard.checks.map(caseOfCheck), input),
      ...(scorecard.since ? [suite(2, 'since', scorecard.since.map(caseOfChange), input)] : []),
    ];
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

type Outcome = 'failure' | 'error' | 'skipped' | null;

interface TestCase {
  outcome: Outcome;
  xml: Record<string, unknown>;
}

/** @param type what kind of outcome it is; @param message in a sentence */
function testCase(suite: string, name: string, outcome: Outcome, type: string, message: string): TestCase {
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

function caseOfRow(row: ScoreRow, failOn: readonly string[]): TestCase {
  const { title, verdict, reason, command } = row;
  const undecided = UNDECIDED.includes(verdict);
  const outcome =
    verdict === 'missed'
      ? 'failure'
      : verdict === 'invalid'
        ? 'error'
        : undecided && failOn.includes('inconclusive')
          ? 'failure'
          : undecided || verdict === 'not-measured'
            ? 'skipped'
            : null;
  const interval = intervalInWords(row);
  const level = formatPercent((row.interval?.level ?? 0) * 100);
  const value = `${valueInWords(row)}${loadInWords(row)}${interval && ` (${level} interval ${interval})`}`;
  const measured = [value, sidesInWords(row)].filter(Boolean).join(', ');
  const found = `${VERDICTS[verdict].word}: ${measured}; target: ${targetInWords(row)}.`;
  const message = [found, reason, command].filter(Boolean).join(' ');
  return testCase('targets', title, outcome, verdict, message);
}

function caseOfCheck({ title, state, found, ...todo }: ValidityCheck): TestCase {
  const outcome = { fails: 'error', result: 'failure', 'not-judged': 'skipped', holds: null } as const;
  return testCase('checks', title, outcome[state], state, `${found}.${cureInWords(todo)}`);
}

function caseOfChange(each: Since): TestCase {
  const outcome = { worse: 'failure', better: null, 'none-found': null, 'not-compared': 'skipped' } as const;
  return testCase('since', each.title, outcome[each.change], each.change, sinceInWords(each));
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
