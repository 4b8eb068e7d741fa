import { expect, it } from 'vitest';
import { heldUpInWords, refuseHeldUp, requireSeen } from '../../src/run/held-up.js';

const seen = (longestMs: number, atMs = -2000) => ({ heldUp: { longestMs, atMs } });

it('a search that was held up ends with that, in one sentence and exit code 4, for it has no result', () => {
  expect(() => refuseHeldUp(seen(1000), 'The search for a rate')).not.toThrow();
  const refused = () => refuseHeldUp(seen(15_020), 'The search for a rate');
  expect(refused).toThrow(
    /^The search for a rate was held up for 15.0 s: .* clock was set forward, .*Run it again\.$/,
  );
  expect(refused).toThrow(expect.objectContaining({ code: 'HELD_UP', exitCode: 4 }));
});

it('what a search did not see of a process is no 0 but its end, in one sentence and exit code 4', () => {
  expect(requireSeen(0, 'the primary')).toBe(0);
  const unseen = () => requireSeen(null, 'the primary');
  expect(unseen).toThrow(/^The CPU use of the primary was not read for over a second: run it again\.$/);
  expect(unseen).toThrow(expect.objectContaining({ code: 'NOT_SEEN', exitCode: 4 }));
});

it('a run says for how long it was held up, and from when on', () => {
  expect(heldUpInWords(seen(3004))).toContain('for 3,000 ms, from 2,000 ms before the measured window on');
  expect(heldUpInWords(seen(15_020, 4100))).toContain(
    'for 15.0 s, from 4,100 ms into the measured window on',
  );
  expect(heldUpInWords(seen(3004))).toContain('the machine slept, or its clock was set forward.');
});
