import { expect, it } from 'vitest';
import { liveInWords } from '../../src/run/live.js';

it('how a run goes is its rate between the first moment and the last, and what else is known', () => {
  const moments = [
    { atMs: 1000, ok: 100, failed: 0 },
    { atMs: 2000, ok: 190, failed: 0 },
    { atMs: 5000, ok: 500, failed: 1200 },
  ];
  expect(liveInWords(moments, { primaryUtilisation: 0.8765, lagMs: 1.42 })).toBe(
    '100/s, 1,200 failed, primary CPU 88 %, lag 1.4 ms',
  );
  expect(liveInWords(moments.slice(0, 2), {})).toBe('90/s');
  expect(liveInWords(moments.slice(0, 1), { primaryUtilisation: 0.5 })).toBe('primary CPU 50 %');
});
