import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countEnded, EndedLog } from '../../src/load/k6/ended-events.js';
import { type Endings, Tally } from '../../src/load/tally.js';
import { CATEGORIES } from '../../src/record/pure.js';

const ms = fc.double({ min: 0, max: 1e6, noNaN: true });
const ending = fc.record({
  event: fc.record({ category: fc.constantFrom(...CATEGORIES), operation: fc.string(), dueMs: ms }),
  outcome: fc.oneof(
    fc.constant({ end: 'ok' as const }),
    fc.string().map((code) => ({ end: 'failed' as const, code })),
  ),
  timing: fc.record({
    ...{ readyMs: ms, sentMs: ms, answeredMs: ms },
    delay: fc.record({ generator: ms, connection: ms, server: ms }),
  }),
});

it('what k6 tells of events, in parts and as JSON, is counted as if it had been counted at once', () => {
  fc.assert(
    fc.property(fc.array(ending), fc.nat(40), (endings, first) => {
      const window = { startUs: 0, endUs: 1e9, blockUs: 1e8 };
      const [direct, told] = [new Tally(window), new Tally(window)];
      const log = new EndedLog();
      const tell = (parts: typeof endings, into: Endings) => {
        for (const { event, outcome, timing } of parts) into.ended(event, outcome, timing);
      };
      tell(endings, direct);
      for (const part of [endings.slice(0, first), endings.slice(first)]) {
        tell(part, log);
        countEnded(JSON.parse(JSON.stringify(log.take())), told);
      }
      expect(told.toJson()).toEqual(direct.toJson());
      expect(log.ok).toBe(direct.ends.ok);
      expect(log.take()).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
