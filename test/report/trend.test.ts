import { expect, it } from 'vitest';
import { trendPage } from '../../src/report/trend/page.js';
import { driftsOver } from '../../src/score/drift.js';
import type { Earlier } from '../../src/score/since.js';

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
