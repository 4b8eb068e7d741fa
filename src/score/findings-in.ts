import type { FindingRule } from './findings/finding.js';
import { FINDINGS, type FindingId } from './findings/index.js';
import { type Pair, sideOf, sidesAreEqual } from './pair.js';
import type { Finding } from './scorecard.js';

const IDS = Object.keys(FINDINGS) as FindingId[];

/** A reader acts on no more than these. */
const MOST = 5;

/** What the splits show that can be acted on. Of baselines against baselines there is nothing. */
export function findingsIn(pairs: readonly Pair[]): Finding[] {
  if (sidesAreEqual(pairs)) return [];
  const splits = sideOf(pairs, 'split');
  return IDS.flatMap((id): Finding[] => {
    const { title, find }: FindingRule = FINDINGS[id];
    const found = find(splits);
    return found ? [{ id, title, ...found }] : [];
  }).slice(0, MOST);
}
