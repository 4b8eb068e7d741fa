import { describe, expect, it } from 'vitest';
import { trendPage } from '../../src/report/trend/page.js';
import { trendText } from '../../src/report/trend/text.js';
import { driftsOver } from '../../src/score/drift.js';
import { score } from '../../src/score/score.js';
import type { Earlier } from '../../src/score/since.js';
import { pairsOf } from '../score/fixture.js';

/** Comparisons whose primary uses less CPU from each to the next, but for an invalid one. */
function trendOf(reductions: readonly number[]) {
  const each = reductions.map((value): Earlier => {
    const row = {
      id: 'primary-cpu' as const,
      kind: 'reduction' as const,
      value,
      interval: null,
      verdict: 'met' as const,
    };
    return { valid: value > 0, scorecard: [row] };
  });
  return {
    comparisons: reductions.map((value, index) => ({
      ...{ file: 'compare.json', id: `2026-11-0${index + 1}-split`, policy: '<i>mine</i>', valid: value > 0 },
    })),
    drifts: driftsOver(each),
    notes: ['Left out: one.'],
  };
}

it('the page of a trend says what drifts and by which method, and has a chart and a table of each target', () => {
  const html = trendPage(trendOf([60, 55, 50, 45, 0, 40, 35, 30]));
  expect(html).toMatch(
    /<h1>CPU of the primary: drifts, for the worse; from first to last the split needs 1\.\d+x of what it did \(Mann-Kendall, p = 0\.\d+; Theil-Sen\)\.<\/h1>/,
  );
  expect(html).toContain('id="canvas-trend-primary-cpu"');
  expect(html).toContain('2026-11-05-split (not valid)');
  expect(html.replaceAll('\u00a0', ' ')).toContain('30 % less');
  expect(html).toContain('&lt;i&gt;mine&lt;/i&gt;');
  expect(html).toContain('Left out: one.');
});

it('of few comparisons it finds no drift, and says why', () => {
  const html = trendPage(trendOf([60, 50]));
  expect(html).toContain('<h1>No target drifts, as far as can be told.</h1>');
  expect(html).toContain('2 of the 6 values that it takes to look for a drift');
});

describe('in the terminal', () => {
  /** Comparisons with all targets, the last of them not valid. */
  function trendOfAll() {
    const { scorecard } = score(pairsOf(3));
    const each: Earlier[] = Array.from({ length: 6 }, (_, index) => ({ valid: index < 5, scorecard }));
    return {
      comparisons: each.map(({ valid }, index) => ({
        ...{
          file: 'compare.json',
          id: `2026-11-24T18-03-5${index}-split`,
          policy: 'everything-to-replica',
          valid,
        },
      })),
      drifts: driftsOver(each),
      notes: [`Left out: Cannot read the comparison ${'old/'.repeat(5)}compare.json: there is no such file.`],
    };
  }

  it('it is no wider than the terminal, and tells the same', () => {
    const trend = trendOfAll();
    const text = trendText(trend, 80);
    expect(text.filter((line) => line.length > 80)).toEqual([]);
    expect(text.slice(0, 5)).toEqual([
      '  Reads on     CPU of the   Speed of       Replica  Use of',
      '  the primary  primary      analytics      lag      the',
      '                                                    busiest',
      '                                                    pool',
      '2026-11-24T18-03-50-split, policy everything-to-replica',
    ]);
    expect(text).toContain('2026-11-24T18-03-55-split (not valid), policy everything-to-replica');
    const words = (lines: string[]) => new Set(lines.join(' ').replaceAll(',', '').split(/\s+/));
    for (const word of words(trendText(trend, null)))
      if (word !== 'Policy' && word !== 'Comparison') expect(words(text)).toContain(word);
  });

  it('its full width is there where the terminal shows it, or where it is read by others', () => {
    const trend = trendOfAll();
    const full = trendText(trend, null);
    expect(full[0]).toMatch(
      /^Comparison {2,}Policy {2,}Reads on the primary {2,}.* {2,}Use of the busiest pool$/,
    );
    expect(full).toHaveLength(1 + 6 + 1 + trend.drifts.length + 1);
    expect(trendText(trend, 200)[0]).toBe(full[0]);
  });
});
