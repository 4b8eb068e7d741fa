import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatLsn, parseLsn, visibleAt } from '../../../src/router/nodes/lsn.js';
import { waitForLsn } from '../../../src/router/nodes/questions.js';

test('positions are bytes from 0/0', () => {
  expect(parseLsn('0/0')).toBe(0);
  expect(parseLsn('16/B374D848')).toBe(0x16 * 2 ** 32 + 0xb374d848);
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 53 - 1 }), (lsn) => parseLsn(formatLsn(lsn)) === lsn));
});

test('just after a page header they are rounded down to the page, where replay stands until a record is written', () => {
  expect(visibleAt(8192 * 5 + 24)).toBe(8192 * 5);
  expect(visibleAt(8192 * 5 + 40)).toBe(8192 * 5);
  expect(visibleAt(8192 * 5 + 48)).toBe(8192 * 5 + 48);
});

test('a standby is told to wait in whole milliseconds and to answer rather than fail', () => {
  expect(waitForLsn(0x16 * 2 ** 32 + 0xb374d848, 12.3)).toBe(
    "WAIT FOR LSN '16/B374D848' WITH (TIMEOUT '13ms', NO_THROW)",
  );
});
