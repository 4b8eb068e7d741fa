import { expect, it } from 'vitest';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import { medianPair, scoreTrials } from '../../src/score/trials.js';
import { pairOf } from './fixture.js';

/** A pair whose primary uses this share of its baseline's CPU in the split. */
function pairWith(share: number): Pair {
  return pairOf(undefined, ({ baseline, split }) => {
    const before = baseline.nodes[0]!;
    Object.assign(split.nodes[0]!, {
      utilisation: before.utilisation! * share,
      cpuSeconds: before.cpuSeconds! * share,
    });
  });
}

const trialsOf = (shares: number[]) =>
  shares.map((share, index) => ({
    number: 2 * index + 1,
    first: 'split' as const,
    runs: { baseline: `${index}-baseline/run.json`, split: `${index}-split/run.json` },
    pair: pairWith(share),
    setAside: null as string | null,
  }));

const PLANNED = { planned: 3, orderSeed: 9 };
const over = (shares: number[], about = PLANNED) => {
  return scoreTrials(trialsOf(shares), about);
};

it('the pair that stands for the others is the median by how much CPU the primary saved', () => {
  const index = (shares: number[]) => medianPair(shares.map(pairWith));
  expect(index([0.5])).toBe(0);
  expect(index([0.7, 0.4, 0.5])).toBe(2);
  expect(index([0.5, 0.9, 0.1, 0.45, 0.6])).toBe(0);
  // Of two in the middle the one that flatters less.
  expect(index([0.4, 0.6])).toBe(1);
});

it('each pair stands with its own figures, which are those of its own scorecard', () => {
  const { trials, scorecard } = over([0.7, 0.4, 0.5]);
  expect(trials).toMatchObject({ ...PLANNED, shown: 5 });
  expect(trials!.pairs.map(({ values }) => Math.round(values['primary-cpu']!))).toEqual([30, 60, 50]);
  const [alone] = trialsOf([0.7]);
  const own = score([alone!.pair]).scorecard.map(({ id, value }) => [id, value]);
  expect(trials!.pairs[0]!.values).toEqual(Object.fromEntries(own));
  expect(scorecard.find(({ id }) => id === 'primary-cpu')!.interval).toMatchObject({ method: 't', n: 3 });
});

it('trials that lack runs says how many of their pairs were used', () => {
  expect(over([0.7, 0.4, 0.5]).notes.join()).not.toContain('pairs were used');
  expect(over([0.7, 0.4]).notes[0]).toContain('2 of 3 pairs were used');
});

it('a pair that is set aside stands with its figures and its reason, and in no estimate', () => {
  const trials = trialsOf([0.7, 0.4, 0.5]);
  Object.assign(trials[1]!, { setAside: 'the machine was busy' });
  const card = scoreTrials(trials, PLANNED);
  expect(card.scorecard.find(({ id }) => id === 'primary-cpu')!.interval).toMatchObject({ n: 2 });
  expect(card.generatedFrom.pairs).toHaveLength(2);
  expect(card.trials!.pairs.map(({ number, setAside }) => [number, setAside])).toEqual([
    [1, null],
    [3, 'the machine was busy'],
    [5, null],
  ]);
  expect(card.trials!.shown).not.toBe(3);
  expect(card.notes.slice(0, 2)).toEqual([
    '2 of 3 pairs were used.',
    '1 of the 3 pairs was set aside because of the machine or the baseline’s load (pair 3: the machine was busy).',
  ]);
});

it('where all pairs are set aside they are scored all the same, and the checks say why', () => {
  const trials = trialsOf([0.7, 0.4]).map((trial) => ({ ...trial, setAside: 'overloaded' }));
  for (const { pair } of trials) pair.baseline.nodes[0]!.utilisation = 0.99;
  const card = scoreTrials(trials, PLANNED);
  expect(card.valid).toBe(false);
  expect(card.headline).toMatch(
    /^Not comparable: “The baseline was loaded, and not overloaded” does not hold in any of the 2 pairs\. What was measured, and proves nothing: /,
  );
  expect(card.checks.find(({ id }) => id === 'baseline-utilisation')?.found).toContain('99 % of its CPU');
  expect(card.decision).toMatchObject({ command: 'bench trials --rate auto' });
  expect(card.generatedFrom.pairs).toHaveLength(2);
});

it('a headline names two failed checks of several pairs, and counts the others: their table has the figures', () => {
  const trials = trialsOf([0.7, 0.4, 0.5]);
  for (const { pair } of trials) {
    pair.baseline.nodes[0]!.utilisation = 0.99;
    pair.split.processes.generatorCores = 0.95;
    pair.split.machine.stealShare = 0.4;
    pair.split.heldUp = { longestMs: 15_020, atMs: 0 };
  }
  const { headline } = scoreTrials(trials, PLANNED);
  const [why = ''] = headline.split(' What was measured');
  expect(why.match(/“/g)).toHaveLength(2);
  expect(why).toMatch(/; \d more checks fail\.$/);
  expect(why.length).toBeLessThan(220);
});

it('runs that are missing are made by a command that names their folder', () => {
  const resume = 'bench trials --resume reports/t';
  expect(scoreTrials(trialsOf([0.7, 0.4, 0.5]), { ...PLANNED, planned: 5 }, { resume }).notes).toContain(
    '3 of 5 pairs were used. "bench trials --resume reports/t" makes the runs that are missing.',
  );
});
