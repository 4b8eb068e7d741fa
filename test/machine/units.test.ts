import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatBoth,
  formatBytes,
  formatCount,
  formatInUnit,
  formatMs,
  formatNumber,
  formatPercent,
  formatRatio,
  formatReduction,
  formatSpan,
  formatSpeedup,
} from '../../src/machine/units.js';

describe('numbers', () => {
  it('have three significant digits, a unit, thousands apart and a real minus sign', () => {
    expect(formatMs(0.354_321)).toBe('0.354 ms');
    expect(formatMs(1234.5)).toBe('1,230 ms');
    expect(formatMs(12_345)).toBe('12.3 s');
    expect(formatPercent(-6.123)).toBe('−6.12 %');
    expect(formatRatio(3.4123)).toBe('3.41x');
    expect(formatCount(1_234_567)).toBe('1,234,567');
    expect(formatBytes(1_254_321)).toBe('1.25 MB');
    expect(formatInUnit(0.79, 'reads-per-request')).toBe('0.79 reads per answer');
    expect(formatBoth(0.79, 0.4, 'reads-per-request')).toEqual({
      before: '0.79',
      after: '0.4',
      words: 'reads per answer',
    });
    expect(formatBoth(3.21, 1, 'ms')).toEqual({ before: '3.21 ms', after: '1 ms', words: '' });
  });

  it('name a long time in the unit that fits it', () => {
    const spans = [45, 119, 5400, 7200, 86_400, 12 * 86_400, 71.96 * 365.25 * 86_400];
    expect(spans.map(formatSpan)).toEqual(['45 s', '119 s', '90 min', '2 h', '24 h', '12 days', '72 years']);
  });

  it('say in words how much less there is, and how much faster it is', () => {
    expect([formatReduction(44.94), formatReduction(-6)]).toEqual(['44.9 % less', '6 % more']);
    expect([formatSpeedup(2.344), formatSpeedup(0.5)]).toEqual(['2.34x as fast', '0.5x as fast']);
  });

  it('show the digits of what was rounded, and no more of what is exact', () => {
    expect(formatPercent(89.0392)).toBe('89.0 %');
    expect(formatPercent(40)).toBe('40 %');
    expect(formatPercent(53.4, 2)).toBe('53 %');
    expect(formatPercent(100, 2)).toBe('100 %');
  });

  it('have no sign where they round to nothing', () => {
    expect(formatCount(-0.2)).toBe('0');
    expect(formatNumber(0)).toBe('0');
  });

  it('are never off by more than half of the third digit', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (value) => {
        const shown = Number(formatNumber(value).replaceAll(',', ''));
        expect(Math.abs(shown - value) / value).toBeLessThanOrEqual(0.005_001);
      }),
    );
  });
});
