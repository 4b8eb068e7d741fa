import { describe, expect, it } from 'vitest';
import { REPORTERS } from '../../src/report/reporters.js';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import { LINKS } from '../report/pages.js';
import { pairOf } from './fixture.js';

/** A split with further replicas that are like its first; the last for analytics alone, if asked for. */
function pairWith(replicas: number, analytics = false): Pair {
  return pairOf(undefined, ({ baseline, split }) => {
    const added = Array.from({ length: replicas - 1 }, (_, i) => `replica-${i + 2}`);
    if (analytics) added.push('analytics-replica');
    for (const { plan } of [baseline, split])
      for (const name of added)
        plan.topology.nodes.push({
          ...{ name, role: 'replica', cpus: 0.5 },
          ...(name === 'analytics-replica' && { reservedFor: 'analytics' as const }),
        });
    const lag = split.lag!;
    if (added.length > 0)
      Object.assign(lag, { node: 'replica', others: added.map((node) => ({ ...lag, node })) });
    for (const name of added) {
      split.nodes.push({ ...split.nodes[1]!, name });
      split.pools.push({ ...split.pools[1]!, node: name });
      split.volume.push({ ...split.volume[1]!, node: name });
    }
  });
}

async function reportOf(pair: Pair): Promise<string> {
  const input = { pair, scorecard: score([pair]), links: LINKS };
  const texts = ['html', 'terminal', 'markdown'] as const;
  const all = await Promise.all(texts.map((name) => REPORTERS[name].render(input)));
  return all.join('\n').replace(/\s+/g, ' ');
}

describe('replicas in words', () => {
  it('a report of one replica speaks of the replica', async () => {
    const text = await reportOf(pairWith(1));
    expect(text).toContain('The replica took');
    expect(text).toContain('What the replica costs');
    expect(text).toMatch(/A commit is visible on the replica [\d.]+ ms later/);
    expect(text).not.toMatch(/the replicas|furthest behind|node replica/i);
  });

  it.each([2, 3])(
    'a report of %i replicas speaks of the replicas, and of each by its name',
    async (count) => {
      const text = await reportOf(pairWith(count));
      expect(text).toContain('The replicas took');
      expect(text).toMatch(
        /The replicas cost [\d.]+ cores? of CPU.* and a lag of [\d.]+ ms on the replica furthest behind/,
      );
      expect(text).toContain('What the replicas cost');
      expect(text).toContain(`Mean on node replica-${count}`);
      expect(text).toContain('a primary with streaming replicas');
      expect(text).toContain(`The ${count} replicas used`);
      expect(text).not.toMatch(/the replica (took|costs|answered|used|shows|is full)/i);
    },
  );

  it('the lag of a replica kept for analytics is told apart, and never called the one furthest behind', async () => {
    const text = await reportOf(pairWith(1, true));
    expect(text).toContain('A commit is visible on the replica for plain reads');
    expect(text).toContain('The lag of a replica that takes analytics alone is shown beside');
    expect(text).not.toContain('furthest behind');
    expect(await reportOf(pairWith(2, true))).toContain('on the replica for plain reads furthest behind');
  });

  it('a share of the policy is judged by the replicas that take plain reads', () => {
    const pair = pairWith(1, true);
    pair.split.nodes.find(({ name }) => name === 'analytics-replica')!.utilisation = 1;
    const used = (pair.split.nodes.find(({ name }) => name === 'replica')!.utilisation! * 100).toPrecision(3);
    const sentence = score([pair]).findings.find(({ id }) => id === 'policy-share')?.sentence;
    expect(sentence).toContain(`the replica for plain reads used ${used} %.`);
  });

  it('no comparison is valid in which any of the replicas did not stream', () => {
    const pair = pairWith(3);
    pair.split.lag!.others![1]!.streamingShare = 0.5;
    const check = score([pair]).checks.find(({ id }) => id === 'replica-streaming');
    expect(check).toMatchObject({ state: 'fails' });
    expect(check?.found).toContain('node replica-3 in 50 % of the samples');
  });
});
