import { sumOf } from '../../machine/pure.js';
import type { Role, RunRecord, StatementObservation } from '../../record/pure.js';
import { volumesOf } from '../measures.js';
import type { StatementShare } from './finding.js';

/** A statement of the application over all splits. */
export interface Executed extends Pick<StatementObservation, 'kind' | 'name' | 'text'> {
  /** Calls and execution time by the role of the server. */
  calls: Record<Role, number>;
  execMs: Record<Role, number>;
}

/** How many statements a finding names, and with how many characters those that have no name of their own. */
const NAMED = 3;
const FIRST_WORDS = 80;

/** The reads and writes of the splits, each once. What only controls transactions and sessions is none. */
export function executedIn(splits: readonly RunRecord[]): Executed[] {
  const found = new Map<string, Executed>();
  for (const run of splits) {
    for (const role of ['primary', 'replica'] as const) {
      const statements = volumesOf(run, role).flatMap((volume) => volume.statements);
      for (const { kind, name, text, calls, execMs } of statements) {
        if (kind === 'other') continue;
        const key = `${kind} ${text}`;
        const nothing = { primary: 0, replica: 0 };
        const each = found.get(key) ?? { kind, name, text, calls: { ...nothing }, execMs: { ...nothing } };
        each.calls[role] += calls;
        each.execMs[role] += execMs;
        found.set(key, each);
      }
    }
  }
  return [...found.values()];
}

/** Those with the most execution time on the servers of a role, with their shares of it. */
export function longestOn(role: Role, statements: readonly Executed[]): StatementShare[] {
  const total = sumOf(statements, ({ execMs }) => execMs[role]);
  return [...statements]
    .filter(({ execMs }) => execMs[role] > 0)
    .sort((a, b) => b.execMs[role] - a.execMs[role])
    .slice(0, NAMED)
    .map(({ name, text, execMs }) => ({
      ...(name !== undefined && { name }),
      text: firstWords(text),
      percent: (execMs[role] / total) * 100,
    }));
}

function firstWords(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > FIRST_WORDS ? `${line.slice(0, FIRST_WORDS)} …` : line;
}
