import type { PinningStats } from '../../../src/router/index.js';
import type { Answer } from './answer.js';
import type { Kind } from './statements.js';

/** Of all statements, the router may refuse this share. */
export const MOST_REFUSED = 0.02;

/** What was played. */
export interface Tally {
  statements: number;
  releases: number;
  byKind: Map<Kind, number>;
  /** Refusals by the router, by code and the statement's kind. */
  refused: Map<string, number>;
  refusals: number;
  /** Errors of the server's. */
  errors: number;
  /** Clients that had left something for which reads must stay on the primary, by what it was, and such reads. */
  pinning: Map<string, { clients: number; reads: number }>;
}

export function newTally(): Tally {
  return {
    statements: 0,
    releases: 0,
    byKind: new Map(),
    refused: new Map(),
    refusals: 0,
    errors: 0,
    pinning: new Map(),
  };
}

/** @param answer undefined if there was none */
export function countAnswer(tally: Tally, kind: Kind, answer: Answer | undefined): void {
  tally.statements++;
  add(tally.byKind, kind);
  if (answer === undefined) return;
  if ('sqlState' in answer) tally.errors++;
  if ('refused' in answer) {
    tally.refusals++;
    add(tally.refused, `${answer.refused} (${kind})`);
  }
}

export function countPinning({ pinning }: Tally, stats: PinningStats): void {
  for (const [state, { clients, reads }] of Object.entries(stats)) {
    const before = pinning.get(state) ?? { clients: 0, reads: 0 };
    pinning.set(state, { clients: before.clients + clients, reads: before.reads + reads });
  }
}

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** A line for each thing that was counted, the most frequent first. */
export function linesOf({
  statements,
  releases,
  byKind,
  refused,
  refusals,
  errors,
  pinning,
}: Tally): string[] {
  const pinned = [...pinning].map(([state, { clients, reads }]) => `${state} ${clients} (${reads} reads)`);
  return [
    `${statements} statements, ${releases} releases, ${errors} errors of the server's`,
    `kinds: ${listed(byKind)}`,
    `refused by the router: ${refusals}${refusals > 0 ? `: ${listed(refused)}` : ''}`,
    `clients pinned to the primary: ${pinned.join(', ')}`,
  ];
}

function listed(counts: Map<string, number>): string {
  const byCount = [...counts].sort(([, a], [, b]) => b - a);
  return byCount.map(([name, count]) => `${name} ${count}`).join(', ');
}
