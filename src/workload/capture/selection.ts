import { createHash } from 'node:crypto';
import { BenchError } from '../../machine/pure.js';
import { isTime, type LogClock } from './log-time.js';

/** Which statements of a database go into the trace. What isn't named is not cut. */
export interface Selection {
  /** From when to when, as `2025-11-30 21:10`; without a zone, in the log's own. The end is not in it. */
  from?: string;
  to?: string;
  users?: string[];
  /** Share of the sessions, above 0 and up to 1. */
  sampleSessions?: number;
}

/** Why a statement that could be replayed is not in the trace: each code in words. */
export const CUTS = {
  user: 'of other users than those of --user',
  sample: 'of sessions that are not in the sample of --sample-sessions',
  time: 'of transactions that began before --from, or at --to or later',
} as const;
export type CutCode = keyof typeof CUTS;

/**
 * Checks what a user asks for.
 * @throws BenchError OPTION_INVALID
 */
export function checkSelection({ from, to, sampleSessions }: Selection): void {
  for (const [option, time] of Object.entries({ from, to })) {
    if (time === undefined || isTime(time)) continue;
    throw new BenchError(
      'OPTION_INVALID',
      `--${option} is no time: write it as in the log, such as "2025-11-30 21:10" or "2025-11-30 21:10:05 UTC" ` +
        `(given: ${JSON.stringify(time)}).`,
    );
  }
  if (sampleSessions !== undefined && !(sampleSessions > 0 && sampleSessions <= 1)) {
    throw new BenchError(
      'OPTION_INVALID',
      '--sample-sessions must be a share of the sessions above 0% and up to 100%, such as 10%.',
    );
  }
}

/** Tells which sessions of a log are taken, and which of their statements by time. */
export class Selector {
  #limits: { fromUs: number; toUs: number } | undefined;

  /** @param clock the log's: it knows the zone that times are in once the log's first record is read */
  constructor(
    private readonly selection: Selection,
    private readonly clock: LogClock,
  ) {}

  /** @returns why a whole session is left out; undefined if it isn't */
  cutOf(session: string, user: string): CutCode | undefined {
    const { users, sampleSessions = 1 } = this.selection;
    if (users && !users.includes(user)) return 'user';
    return sampleSessions === 1 || placeOf(session) < sampleSessions ? undefined : 'sample';
  }

  /** @param startUs on the log's scale */
  isInTime(startUs: number): boolean {
    this.#limits ??= this.#read();
    return startUs >= this.#limits.fromUs && startUs < this.#limits.toUs;
  }

  /** @throws BenchError OPTION_INVALID */
  #read() {
    const { from, to } = this.selection;
    const fromUs = from === undefined ? Number.NEGATIVE_INFINITY : this.clock.ofPerson(from);
    const toUs = to === undefined ? Number.POSITIVE_INFINITY : this.clock.ofPerson(to);
    if (fromUs < toUs) return { fromUs, toUs };
    throw new BenchError('OPTION_INVALID', `--from must be before --to (given: "${from}" and "${to}").`);
  }
}

/** Where a session falls between 0 and 1: by its name alone, so that each import takes the same ones. */
function placeOf(session: string): number {
  return createHash('sha256').update(session).digest().readUInt32BE() / 2 ** 32;
}
