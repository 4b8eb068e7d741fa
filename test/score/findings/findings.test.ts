import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../../src/record/run.js';
import { nodeOf } from '../../../src/record/words.js';
import type { RouteReason } from '../../../src/router/reasons.js';
import type { FindingId } from '../../../src/score/findings/index.js';
import { findingsIn } from '../../../src/score/findings-in.js';
import type { Pair } from '../../../src/score/pair.js';
import { score } from '../../../src/score/score.js';
import { equalPairsOf, pairOf, pairsOf } from '../fixture.js';

/** What is found of a kind in pairs whose splits are bent. */
function found(id: FindingId, change: (split: RunRecord) => void = () => {}, pairs: Pair[] = [pairOf()]) {
  for (const { split } of pairs) change(split);
  return findingsIn(pairs).find((each) => each.id === id);
}

function route(split: RunRecord, reason: RouteReason, ok: number, category: 'read' | 'write' = 'read'): void {
  split.router.requests.push({ category, group: '', node: 'primary', reason, ok, failed: 0 });
}

function busy(split: RunRecord, role: 'primary' | 'replica', utilisation: number): void {
  nodeOf(split, role)!.utilisation = utilisation;
}

describe('what keeps the primary busy', () => {
  it('is told by the time of its statements, the longest named with their shares', () => {
    const { sentence, figure, statements } = found('primary-load')!;
    const primary = nodeOf(pairOf().split, 'primary')!;
    expect(figure).toMatchObject({ unit: 'percent', value: primary.utilisation! * 100 });
    expect(sentence).toMatch(
      /^In the split, the primary still uses [\d.]+ % of one node’s CPU budget\. Writes take [\d.]+ %/,
    );
    expect(statements).toHaveLength(3);
    const shares = statements.map(({ percent }) => percent);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
  });

  it('is something that no replica takes where it is mostly writes', () => {
    const writes = found('primary-load', ({ volume }) => {
      for (const statement of volume[0]!.statements) if (statement.kind === 'write') statement.execMs *= 50;
    })!;
    expect(writes.advice).toMatch(/^Writes can’t move/);
    expect(writes.statements[0]!.text).toMatch(/^(INSERT|UPDATE)/);
    const reads = found('primary-load', ({ volume }) => {
      for (const statement of volume[0]!.statements) if (statement.kind === 'read') statement.execMs *= 50;
    })!;
    expect(reads.advice).toMatch(/^Most of it is reads/);
  });

  it('names a statement as its application does, and else by its first words', () => {
    const named = found('primary-load', ({ volume }) => {
      for (const statement of volume[0]!.statements) statement.name = 'order.place';
    })!;
    expect(named.statements[0]!.name).toBe('order.place');
    const long = found('primary-load', ({ volume }) => {
      for (const statement of volume[0]!.statements) statement.text = `SELECT\n  ${'x'.repeat(3000)}`;
    })!;
    expect(long.statements[0]!.text).toMatch(/^SELECT x{73} …$/);
  });
});

describe('the reads that stayed', () => {
  it('come with the router’s reasons, the most frequent first, and what to do about that one', () => {
    const { sentence, advice, statements } = found('kept-reads')!;
    expect(sentence).toMatch(
      /the share that the policy keeps on the primary \([\d.]+ %\); must be up to date \([\d.]+ %\); its session wrote a moment ago/,
    );
    expect(advice).toMatch(/^Declare as realtime/);
    // All others of the model run on both servers.
    expect(statements.map(({ text }) => text)).toEqual(['SELECT status FROM orders WHERE id = $1']);
  });

  it('are counted with transactions and with statements that are not certain to be right on a replica', () => {
    const many = found('kept-reads', (split) => route(split, 'transaction', 1e6, 'write'))!;
    expect(many.advice).toMatch(/READ ONLY/);
    expect(found('kept-reads', (split) => route(split, 'unsafe', 1e6, 'write'))!.advice).toMatch(/classify/);
    expect(found('kept-reads', (split) => route(split, 'write', 1e6, 'write'))!.advice).toMatch(/realtime/);
  });

  it('are none where all went to the replica', () => {
    expect(
      found('kept-reads', ({ volume }) => {
        volume[0]!.reads.calls = 0;
      }),
    ).toBeUndefined();
  });
});

describe('the policy’s share', () => {
  it.each([
    [0.4, 0.8, /^The replica will be full first: a larger/],
    [0.8, 0.4, /^The primary will be full first: a smaller/],
    [0.6, 0.55, /suits the load/],
  ])('with the primary at %d and the replica at %d', (primary, replica, advice) => {
    const share = found('policy-share', (split) => {
      busy(split, 'primary', primary);
      busy(split, 'replica', replica);
    })!;
    expect(share.advice).toMatch(advice);
    expect(share.figure.value).toBeGreaterThan(40);
  });

  it('is missed where everything was moved, and only the replica is busy', () => {
    const all = (replica: number) =>
      found('policy-share', (split) => {
        busy(split, 'primary', 0.3);
        busy(split, 'replica', replica);
        for (const request of split.router.requests)
          if (request.reason === 'primary-share') request.reason = 'policy-replica';
      });
    expect(all(0.9)).toMatchObject({ figure: { value: 0 }, advice: expect.stringContaining('larger') });
    expect(all(0.3)).toBeUndefined();
  });
});

describe('lag', () => {
  it('is told where it kept reads on the primary, or comes in bursts; not else', () => {
    expect(found('lag')).toBeUndefined();
    const kept = found('lag', (split) => route(split, 'fallback-behind', 5000))!;
    expect(kept.sentence).toMatch(/It sent [\d.]+ % of the routed reads back to the primary\.$/);
    expect(kept.advice).toMatch(/maxWaitMs/);
    expect(kept.statements[0]!.text).toMatch(/^(INSERT|UPDATE)/);
    const bursts = found('lag', ({ lag }) => {
      lag!.commitToVisible.p99Ms = 900;
    })!;
    expect(bursts.advice).toMatch(/max_standby_streaming_delay/);
  });
});

describe('pool sizes', () => {
  const pools = (wait: number, peak: number) =>
    found('pool-sizes', (split) => {
      for (const pool of split.pools)
        Object.assign(pool, { acquireWaitMsMean: wait, utilisationMax: peak, waitingMax: 4 });
    });

  it('are told where requests waited, and where half of a pool is never used', () => {
    expect(pools(12, 1)).toMatchObject({
      sentence: expect.stringContaining('Requests waited 12 ms'),
      figure: { value: 100 },
    });
    expect(pools(0, 0.3)).toMatchObject({ advice: expect.stringMatching(/^A pool of 5 would do/) });
    expect(pools(0, 0.8)).toBeUndefined();
  });

  it('say nothing of a pool that was not seen', () => {
    expect(
      found('pool-sizes', ({ pools }) => {
        for (const pool of pools) pool.utilisationMax = null;
      }),
    ).toBeUndefined();
  });
});

describe('the findings of a comparison', () => {
  it('are of all its splits together', () => {
    const pairs = pairsOf(3);
    const used = pairs.map(({ split }) => nodeOf(split, 'primary')!.utilisation! * 100);
    const mean = used.reduce((sum, each) => sum + each, 0) / 3;
    expect(score(pairs).findings[0]!.figure.value).toBeCloseTo(mean);
  });

  it('are none of equal sides, or where it can’t be believed', () => {
    expect(score(equalPairsOf(3)).findings).toEqual([]);
    const invalid = pairOf(undefined, ({ split }) => {
      split.machine.stealShare = 0.5;
    });
    expect(score([invalid]).findings).toEqual([]);
  });
});
