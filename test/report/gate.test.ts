import { describe, expect, it } from 'vitest';
import { REPORTERS } from '../../src/report/reporters.js';
import { exitCodeOf, FAILURES, type Failure } from '../../src/score/exit-code.js';
import { score } from '../../src/score/score.js';
import type { Scorecard, Since, Verdict } from '../../src/score/scorecard.js';
import { pairOf } from '../score/fixture.js';

const pair = pairOf();
const LINKS = { baseline: '../a/run.json', split: '../b/run.json' };

const scored = score([pair]);
const met: Scorecard = {
  ...scored,
  scorecard: scored.scorecard.map((row) => ({ ...row, verdict: 'met', difference: 'none-found' })),
  regressions: scored.regressions.map((each) => ({ ...each, difference: 'none-found' })),
};

const rows = (...verdicts: Verdict[]): Scorecard => ({
  ...met,
  scorecard: met.scorecard.map((row, index) => ({ ...row, verdict: verdicts[index] ?? 'met' })),
});

const since = (...changes: Since['change'][]): Pick<Scorecard, 'since'> => ({
  since: changes.map((change, index) => ({
    ...{ id: met.scorecard[index]!.id, title: met.scorecard[index]!.title, change },
    ...(change === 'not-compared'
      ? { ratio: null, interval: null, reason: 'It was no target then.' }
      : { ratio: 1.4, interval: { low: 1.2, high: 1.6 } }),
  })),
});

/** Baselines against baselines, with differences or none in rows and in costs. */
function equal(row: 'differ' | 'none-found' | null, cost = row): Scorecard {
  const differing = scored.scorecard.find(({ difference }) => difference && difference !== 'none-found');
  const of = (found: typeof row) => (found === 'differ' ? differing!.difference : found);
  return {
    ...met,
    equalSides: true,
    scorecard: met.scorecard.map((each) => ({ ...each, verdict: 'missed', difference: of(row) })),
    regressions: met.regressions.map((each) => ({ ...each, difference: of(cost) })),
  };
}

const [check, ...checks] = met.checks;

/** All that a comparison may come to. */
const OUTCOMES: Record<string, Scorecard> = {
  'all met': met,
  'one missed': rows('missed'),
  inconclusive: rows('inconclusive'),
  'too idle': rows('too-idle'),
  'too little': rows('too-little'),
  'missed and inconclusive': rows('missed', 'inconclusive'),
  'one not measured': rows('not-measured'),
  'none measured': { ...met, scorecard: met.scorecard.map((row) => ({ ...row, verdict: 'not-measured' })) },
  'not valid': score([
    pairOf(undefined, ({ split }) => {
      split.machine.stealShare = 0.5;
    }),
  ]),
  'one row not valid, one missed': rows('invalid', 'missed'),
  'a check that is a result': { ...met, checks: [{ ...check!, state: 'result' }, ...checks] },
  worse: { ...met, ...since('worse', 'none-found') },
  'worse, and none measured now': {
    ...met,
    scorecard: met.scorecard.map((row) => ({ ...row, verdict: 'not-measured' })),
    ...since('worse'),
  },
  'worse in one row, one not valid': { ...rows('invalid'), ...since('not-compared', 'worse') },
  'no worse': { ...met, ...since('none-found', 'better') },
  'some not compared': { ...met, ...since('none-found', 'not-compared') },
  'none compared': { ...met, ...since('not-compared', 'not-compared') },
  'none compared, one missed': { ...rows('missed'), ...since('not-compared') },
  'equal runs that differ': equal('differ'),
  'equal runs that differ in a cost': equal('none-found', 'differ'),
  'equal runs without a difference': equal('none-found'),
  'equal runs, some of them not tested': equal(null, 'none-found'),
  'equal runs that nothing was tested of': equal(null),
};

/** Every choice of what closes a gate, none among them. */
const GATES = Array.from({ length: 2 ** FAILURES.length }, (_, bits) =>
  FAILURES.filter((_, index) => bits & (1 << index)),
);

function counted(xml: string, what: 'failures' | 'errors'): number {
  return [...xml.matchAll(new RegExp(` ${what}="(\\d+)"`, 'g'))].reduce((sum, [, n]) => sum + Number(n), 0);
}

describe.each(Object.entries(OUTCOMES))('%s', (_, scorecard) => {
  const told = (format: 'junit' | 'terminal' | 'markdown' | 'json', failOn?: readonly Failure[]) =>
    REPORTERS[format].render({ pair, scorecard, links: LINKS }, { failOn }) as string;

  it('ends as every format tells it, whatever closes the gate', () => {
    for (const failOn of [undefined, ...GATES]) {
      const exitCode = exitCodeOf(scorecard, failOn);
      const gate = failOn?.join(',') ?? 'all';
      const xml = told('junit', failOn);
      const [failures, errors] = [counted(xml, 'failures'), counted(xml, 'errors')];
      expect(failures + errors > 0, `${gate}: failures or errors`).toBe(exitCode !== 0);
      if (exitCode !== 0) expect(exitCode === 1 ? failures : errors, gate).toBeGreaterThan(0);
      for (const format of ['terminal', 'markdown'] as const)
        expect(/^Exit code (\d): \S/m.exec(told(format, failOn))?.[1], gate).toBe(
          exitCode === 0 ? undefined : String(exitCode),
        );
      expect(exitCodeOf(JSON.parse(told('json', failOn)), failOn)).toBe(exitCode);
    }
  });
});
