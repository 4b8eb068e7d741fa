import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RunRecord } from '../../src/record/run.js';
import { score } from '../../src/score/score.js';
import { capturedPair, pairOf } from './fixture.js';

/** The same work, whose last answer came so many times as late: it took no less CPU, and held no connection for less time. */
function late(run: RunRecord, times: number): void {
  run.window.seconds *= times;
  for (const node of run.nodes) node.utilisation! /= times;
  for (const pool of run.pools) pool.utilisationMean! /= times;
}

const figures = ({ scorecard, regressions, keyFigures, headroom, decision }: ReturnType<typeof score>) => ({
  values: scorecard.map(({ id, value }) => [id, value?.toPrecision(9)]),
  verdicts: scorecard.map(({ verdict }) => verdict),
  costs: regressions.map(({ id, split }) => [id, split?.toPrecision(9)]),
  key: keyFigures.map(({ id, split }) => [id, split?.toPrecision(9)]),
  room: headroom!.split.times.toPrecision(9),
  decision: decision!.kind,
});

const asItIs = figures(score([capturedPair()]));

it('a captured trace takes no less CPU by being replayed for longer, on either side', () => {
  const times = fc.double({ min: 1, max: 4, noNaN: true });
  const property = fc.property(times, times, (before, after) => {
    const card = score([
      capturedPair(({ baseline, split }) => {
        late(baseline, before);
        late(split, after);
      }),
    ]);
    expect(figures(card)).toEqual(asItIs);
  });
  fc.assert(property, { numRuns: 10 });
});

it('says so where a replay took longer than its trace', () => {
  const detail = (pair: ReturnType<typeof pairOf>) =>
    score([pair]).scorecard.find(({ id }) => id === 'primary-cpu')!.detail;
  expect(detail(capturedPair(({ split }) => late(split, 2)))).toContain(
    'That is per second of the trace, whose 60 s took 60 s and 120 s to replay.',
  );
  expect(detail(capturedPair())).not.toContain('per second of the trace');
  expect(detail(pairOf())).not.toContain('per second of the trace');
});
