import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerReader } from '../../../src/load/player/answer.js';
import {
  ANSWERS_SCHEMA,
  type Answers,
  type ReadAnswer,
  type ReadStatement,
} from '../../../src/record/answers.js';
import { answers as cost } from '../../../src/score/costs/answers.js';
import { differenceOf, divergenceOf } from '../../../src/score/divergence/compare.js';
import {
  type AnswerCounts,
  DIFFERENCES,
  type Divergence,
  different,
  EVIDENCE,
  unexplained,
} from '../../../src/score/divergence/divergence.js';
import { score } from '../../../src/score/score.js';
import { pairOf } from '../fixture.js';

const reader = new AnswerReader('key', 0);
const differingAnswers = (divergence: Divergence) => cost.count([], divergence)!;
const NEVER = { baseline: new Set<string>(), split: new Set<string>() };

const row = fc.array(fc.option(fc.string()), { minLength: 1, maxLength: 3 });
const rows = fc.uniqueArray(row, { minLength: 2, maxLength: 8, selector: (cells) => JSON.stringify(cells) });

describe('two answers to the same read', () => {
  it('are the same if their rows are', () => {
    fc.assert(
      fc.property(rows, (all) => {
        expect(differenceOf(reader.ofRows(all), reader.ofRows(structuredClone(all)), NEVER)).toBe('same');
      }),
    );
  });

  it('differ in ordering if one is a permutation of the other', () => {
    fc.assert(
      fc.property(rows, fc.nat(), (all, by) => {
        const turn = 1 + (by % (all.length - 1));
        const turned = [...all.slice(turn), ...all.slice(0, turn)];
        expect(differenceOf(reader.ofRows(all), reader.ofRows(turned), NEVER)).toBe('ordering');
        const [before, after] = [all, turned].map((list) => reader.ofBody(JSON.stringify({ items: list })));
        expect(differenceOf(before!, after!, NEVER)).toBe('ordering');
      }),
    );
  });

  it('miss rows if one was dropped, or if there is nothing on one side', () => {
    fc.assert(
      fc.property(rows, fc.nat(), (all, which) => {
        const fewer = all.filter((_, index) => index !== which % all.length);
        expect(differenceOf(reader.ofRows(all), reader.ofRows(fewer), NEVER)).toBe('missing');
        expect(differenceOf(reader.ofRows(fewer), reader.ofRows(all), NEVER)).toBe('missing');
        expect(differenceOf(reader.ofRows(all), reader.ofNothing(), NEVER)).toBe('missing');
        const [before, after] = [all, fewer].map((list) => reader.ofBody(JSON.stringify(list)));
        expect(differenceOf(before!, after!, NEVER)).toBe('missing');
      }),
    );
  });

  it('are stale if the baseline gave the split’s answer earlier, newer the other way round, else other', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const [old, now] = [
          reader.ofRows(all),
          reader.ofRows([...all.slice(1), ['changed', 'row', null, '']]),
        ];
        const had = (side: 'baseline' | 'split', { unordered }: typeof old) => ({
          ...NEVER,
          [side]: new Set([unordered]),
        });
        expect(differenceOf(now, old, had('baseline', old))).toBe('stale');
        expect(differenceOf(old, now, had('split', old))).toBe('newer');
        expect(differenceOf(now, old, NEVER)).toBe('other');
      }),
    );
  });

  it('are the same but for moments of the run, whatever their zone', () => {
    const start = Date.now() - 60_000;
    const within = new AnswerReader('key', start);
    const at = (afterMs: number, zone: string, offsetH: number) =>
      new Date(start + afterMs + offsetH * 3_600_000).toISOString().replace('T', ' ').replace('Z', zone);
    const hash = (stamp: string) => within.ofRows([[stamp]]).exact;
    expect(hash(at(5000, '+00', 0))).toBe(hash(at(6000, '+05:30', 5.5)));
    expect(hash(at(5000, '-11', -11))).toBe(hash(new Date(start + 7000).toISOString()));
    expect(hash(at(-1000, '+00', 0))).not.toBe(hash(at(-2000, '+00', 0)));
    expect(hash(at(-1000, '+02', 2))).not.toBe(hash(at(-2000, '+02', 2)));
    expect(hash('9999-12-31 00:00:00+00')).not.toBe(hash('9999-12-30 00:00:00+00'));
  });

  it('have other hashes under another key', () => {
    expect(new AnswerReader('other key', 0).ofRows([['1']]).exact).not.toBe(reader.ofRows([['1']]).exact);
  });
});

const STATEMENTS: ReadStatement[] = [
  { name: 'SELECT fixed', evidence: 'certain', because: '' },
  { name: 'SELECT moving', evidence: 'possible', because: 'written to: t' },
  { name: 'SELECT now()', evidence: 'none', because: 'it calls now()' },
];

/** Reads as [statement, question, answer]; `null` was not sent. */
function answers(...given: ([number, string, string] | null)[]): Answers {
  const reads = given.flatMap((read, event): ReadAnswer[] => {
    if (!read) return [];
    const [statement, question, answer] = read;
    const asked = { event, statement, question };
    if (answer === 'failed' || answer === 'skipped') return [{ ...asked, end: answer }];
    return [{ ...asked, answer: reader.ofRows([...answer].map((letter) => [letter])) }];
  });
  const header = {
    schema: ANSWERS_SCHEMA,
    traceSha256: 'f'.repeat(64),
    reads: given.length,
    statements: STATEMENTS,
  };
  return { header, reads } as Answers;
}

const found = (counts: AnswerCounts) =>
  Object.fromEntries(DIFFERENCES.filter((each) => counts[each] > 0).map((each) => [each, counts[each]]));

const total = ({ byEvidence, notCompared }: Divergence) =>
  EVIDENCE.reduce((sum, evidence) => sum + byEvidence[evidence].compared, 0) +
  notCompared.reduce((sum, { count }) => sum + count, 0);

describe('two runs', () => {
  it('are compared read by read, and what a difference proves is told apart', () => {
    const baseline = answers([0, 'a', 'xy'], [1, 'b', 'v1'], [1, 'b', 'v2'], [1, 'b', 'v2'], [1, 'b', 'v2']);
    const split = answers([0, 'a', 'yx'], [1, 'b', 'v1'], [1, 'b', 'v1'], [1, 'b', 'v1'], [1, 'b', 'v2']);
    const divergence = divergenceOf(baseline, split);
    expect(found(divergence.byEvidence.certain)).toEqual({ ordering: 1 });
    // The third read of "b" stands between two equal answers of the baseline; the second came right after a change.
    expect(found(divergence.byEvidence.settled)).toEqual({ stale: 1 });
    expect(found(divergence.byEvidence.changing)).toEqual({ stale: 1 });
    expect(unexplained(divergence.byEvidence)).toBe(1);
    expect(divergence.statements.map(({ name }) => name)).toEqual(['SELECT moving', 'SELECT fixed']);
  });

  it('differ for the worse where two baselines would not, by more than chance', () => {
    // Each but the first and last read stands between two equal answers of the baseline.
    const reads = (wrong: number): [number, string, string][] =>
      Array.from({ length: 12 }, (_, i) => [1, 'b', i > 0 && i <= wrong ? 'old' : 'new']);
    const worse = (split: number, equal?: number) =>
      differingAnswers(
        divergenceOf(
          answers(...reads(0)),
          answers(...reads(split)),
          equal === undefined ? null : { id: 'equal', answers: answers(...reads(equal)) },
        ),
      ).worse;
    expect(worse(5)).toBe(false);
    expect(worse(6)).toBe(true);
    expect(worse(8, 8)).toBe(false);
    expect(worse(10, 1)).toBe(true);
  });

  it('need earlier answers to the very same question for an answer to be stale', () => {
    const baseline = answers([1, 'a', 'v1'], [1, 'b', 'v2']);
    expect(
      found(divergenceOf(baseline, answers([1, 'a', 'v1'], [1, 'b', 'v1'])).byEvidence.changing),
    ).toEqual({
      other: 1,
    });
  });

  it('are not compared where a side has no answer or the data does not decide it, and all adds up', () => {
    const baseline = answers(
      [1, 'a', 'v'],
      [1, 'a', 'failed'],
      [2, 'c', 'x'],
      [1, 'a', 'skipped'],
      null,
      null,
    );
    const split = answers(null, [1, 'a', 'v'], [2, 'c', 'y'], [1, 'a', 'skipped'], [1, 'a', 'v'], null);
    const divergence = divergenceOf(baseline, split);
    expect(divergence.notCompared).toEqual([
      { reason: 'not-sent', count: 3 },
      { reason: 'failed', count: 1 },
      { reason: 'undetermined', count: 1 },
      { reason: 'skipped', count: 1 },
    ]);
    expect(total(divergence)).toBe(divergence.reads);
  });

  it('add up whatever was answered', () => {
    const read = fc.option(
      fc.tuple(
        fc.constantFrom(0, 1, 2),
        fc.constantFrom('a', 'b'),
        fc.constantFrom('x', 'y', 'xy', 'failed', 'skipped'),
      ),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(read, read)), (pairs) => {
        // The same event is the same question on both sides.
        const before = pairs.map(([one]) => one);
        const after = pairs.map(([one, other]) =>
          one && other ? ([one[0], one[1], other[2]] as typeof one) : other,
        );
        const divergence = divergenceOf(answers(...before), answers(...after));
        expect(total(divergence)).toBe(pairs.length);
        const self = divergenceOf(answers(...before), answers(...before));
        for (const evidence of EVIDENCE) expect(different(self.byEvidence[evidence])).toBe(0);
      }),
    );
  });

  it('have the noise of two baselines beside them', () => {
    const [one, other] = [answers([1, 'a', 'v']), answers([1, 'a', 'w'])];
    expect(divergenceOf(one, one).equalRuns).toBeNull();
    const { equalRuns, byEvidence } = divergenceOf(one, one, { id: 'again', answers: other });
    expect(found(byEvidence.changing)).toEqual({});
    expect(equalRuns).toMatchObject({ id: 'again', byEvidence: { changing: { compared: 1, other: 1 } } });
  });
});

describe('as a cost of the replica', () => {
  const [one, other] = [answers([1, 'a', 'v']), answers([1, 'a', 'w'])];
  /** So many differences of these kinds among the reads that concurrency may change. */
  function changing(counts: Partial<AnswerCounts>): Divergence {
    const divergence = divergenceOf(one, one);
    Object.assign(divergence.byEvidence.changing, { compared: 1000, same: 1000 - 200, ...counts });
    return divergence;
  }

  it('they are worse where nothing had changed, or where stale ones outnumber the newer', () => {
    const proof = divergenceOf(answers([0, 'a', 'x']), answers([0, 'a', 'y']));
    expect(differingAnswers(proof)).toMatchObject({ split: 1, worse: true });
    expect(differingAnswers(changing({ stale: 130, newer: 70 }))).toMatchObject({ split: 200, worse: true });
    expect(differingAnswers(changing({ stale: 105, newer: 95 })).worse).toBe(false);
    expect(differingAnswers(changing({ stale: 70, newer: 130 })).worse).toBe(false);
    expect(differingAnswers(divergenceOf(one, other)).worse).toBe(false);
  });

  it('they stand among what got worse, and in the headline if they did', () => {
    const divergence = changing({ stale: 130, newer: 70 });
    const card = score([pairOf()], { divergence });
    expect(card.regressions.at(-1)).toMatchObject({ id: 'answers', ...differingAnswers(divergence) });
    expect(card.headline).toContain('answers that differ');
    expect(card.divergence).toBe(divergence);
    expect(score([pairOf()]).regressions.map(({ id }) => id)).not.toContain('answers');
  });
});
