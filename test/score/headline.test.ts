import { describe, expect, it } from 'vitest';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import { equalPairsOf, pairOf, pairsOf } from './fixture.js';

describe('the headline', () => {
  it('is its parts, one after the other', () => {
    for (const change of [() => {}, ({ split }: Pair) => Object.assign(split.machine, { stealShare: 0.5 })]) {
      const { headline, headlineParts } = score([pairOf(undefined, change)]);
      expect(headlineParts.map(({ sentence }) => sentence).join(' ')).toBe(headline);
    }
  });

  it('claims nothing of a figure in which no difference was found, and says so with what was measured', () => {
    // Splits that move nothing: what their primaries do is what other baselines do.
    const equal = equalPairsOf(5).map(({ baseline, split }, index) => {
      const real = pairsOf(5)[index]!.split;
      const idle = {
        ...real.volume[1]!,
        readCallsByBlock: [],
        wholeCalls: { read: 0, write: 0 },
        statements: [],
      };
      const reads = { calls: 0, execMs: 0, rows: 0, blocks: 0 };
      return {
        baseline,
        split: {
          ...split,
          ...{ side: 'split' as const, lag: real.lag },
          nodes: [...split.nodes, real.nodes[1]!],
          volume: [...split.volume, { ...idle, reads }],
        },
      };
    });
    const card = score(equal);
    const cpu = card.scorecard.find(({ id }) => id === 'primary-cpu')!;
    expect(cpu.difference).toBe('none-found');
    const { sentence } = card.headlineParts.find(({ kind }) => kind === 'change')!;
    expect(sentence).toMatch(
      /^No difference found in the reads on the primary \(.*\), the primary’s CPU \(.*\) or the speed of analytics \([\d.]+x at [\d.]+ % load\)\.$/,
    );
    expect(sentence).not.toMatch(/fell|rose|faster|slower|took/);
  });

  it('tells what any replica costs with its figures, and never as worse', () => {
    const pairs = pairsOf(5);
    for (const { split } of pairs) for (const node of split.nodes) node.cpuSeconds! *= 2;
    const { headlineParts, regressions } = score(pairs);
    const cost = headlineParts.find(({ kind }) => kind === 'cost')!;
    expect(cost.sentence).toMatch(
      /^The replica costs [\d.]+ cores of CPU, [\d.]+ % more CPU on all nodes together and a lag of [\d.]+ ms\.$/,
    );
    expect(cost.figures.map(({ unit }) => unit)).toEqual(['cores', 'cores', 'ms']);
    expect(headlineParts.map(({ kind }) => kind)).not.toContain('worse');
    const standing = regressions.filter((each) => each.standing);
    expect(standing.map(({ id }) => id)).toEqual(['replica-cpu', 'total-cpu', 'staleness', 'replay-lag']);
    expect(standing.some(({ worse }) => worse)).toBe(false);
  });

  it('of two pairs says that they are too few', () => {
    expect(score(pairsOf(2)).headline).toContain('From two pairs of runs, which are too few');
  });

  it('has the figures that it states, and of what makes it worthless those beyond their limit', () => {
    const [change, targets] = score([pairOf()]).headlineParts;
    expect(change).toMatchObject({
      kind: 'change',
      figures: [
        { unit: 'percent', limit: { op: '>=', value: 40 } },
        { unit: 'percent', limit: { op: '>=', value: 40 } },
        { unit: 'ratio', limit: { op: '>=', value: 2 } },
      ],
    });
    expect(targets).toMatchObject({ kind: 'targets', figures: [{ value: 4, limit: { value: 5 } }] });
    const invalid = score([
      pairOf(undefined, ({ split }) => {
        split.machine.stealShare = 0.5;
      }),
    ]);
    expect(invalid.headlineParts).toMatchObject([
      { kind: 'not-comparable', figures: [{ value: 50, unit: 'percent', limit: { op: '<', value: 10 } }] },
      { kind: 'worthless' },
    ]);
  });
});
