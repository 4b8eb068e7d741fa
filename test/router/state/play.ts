import { isDeepStrictEqual } from 'node:util';
import type { Answer } from './answer.js';
import { type Standing, Users } from './generate.js';
import { type Pair, POOL_SIZE } from './pair.js';
import { PlainSide } from './plain-side.js';
import type { Asking, Step } from './script.js';
import type { Side } from './side.js';
import {
  EMPTIES_SETTING,
  FAILS_WITHOUT_SETTING,
  LEAVES_NOTHING,
  SETS_CUSTOM,
  type Theme,
} from './statements.js';
import { countAnswer, type Tally } from './tally.js';

/** How long one statement may take before it counts as never answered, in ms. */
const PATIENCE_MS = 3000;

/** The last step of a script showed that the two are not the same. */
export interface Mismatch {
  script: Step[];
  plain: string;
  routed: string;
}

/** What the router may refuse by name, since it can't be had through it. */
export const MAY_REFUSE: readonly string[] = ['SESSION_STATE_NEEDED', 'NEEDS_PRIMARY'];

/** Where the next step comes from; undefined at the end. */
export type Steps = (standing: Standing) => Step | undefined;

/** Random users for a number of steps; at the end all clients are given back. */
export function randomSteps(seed: number, count: number, themes?: readonly Theme[]): Steps {
  const users = new Users(seed, POOL_SIZE, themes);
  let left = count;
  let leaving: Step[] | undefined;
  return (standing) => {
    if (left-- > 0) return users.next(standing);
    leaving ??= users.leave();
    return leaving.shift();
  };
}

/** The same steps again, or some of them. */
export function recordedSteps(script: readonly Step[]): Steps {
  const steps = script[Symbol.iterator]();
  return () => steps.next().value;
}

/**
 * Plays the steps on plain `pg` and on a subject in lockstep, statement by statement: the subject first, since what it
 * refuses isn't played on the other side either. Returns the first mismatch.
 * @param open makes the subject
 */
export async function play(
  steps: Steps,
  open: () => Promise<Side>,
  pair: Pair,
  tally: Tally,
): Promise<Mismatch | undefined> {
  await pair.startOver();
  const plain = new PlainSide(pair.plain);
  const subject = await open();
  const game = new Game(pair, plain, subject, tally);
  const script: Step[] = [];
  try {
    for (;;) {
      const step = steps(plain);
      if (step === undefined) return undefined;
      script.push(step);
      const difference = await game.play(step);
      if (difference !== undefined) return { script, ...difference };
    }
  } finally {
    await plain.end();
    await within(subject.end());
  }
}

type Difference = Omit<Mismatch, 'script'>;

class Game {
  readonly #open = new Set<number>();
  /** From now on, a custom setting that is '' counts as one that isn't there. */
  #emptied = false;
  /** Users who may be in a READ ONLY transaction. */
  readonly #readOnly = new Set<number>();
  /** Users whose client gives known random numbers. */
  readonly #seeded = new Set<number>();

  constructor(
    readonly pair: Pair,
    readonly plain: PlainSide,
    readonly subject: Side,
    readonly tally: Tally,
  ) {}

  /** A step that makes no sense, since others before it were left out, does nothing. */
  async play(step: Step): Promise<Difference | undefined> {
    const { user } = step;
    const isOpen = this.#open.has(user);
    if (step.does === 'open') {
      if (isOpen || this.#open.size >= POOL_SIZE) return undefined;
      this.#open.add(user);
      await Promise.all([this.plain.open(user, step.how), this.subject.open(user, step.how)]);
      return undefined;
    }
    if (step.does === 'release') {
      if (!isOpen) return undefined;
      this.#open.delete(user);
      this.#seeded.delete(user);
      await this.subject.release(user, step.destroy);
      await this.plain.release(user);
      this.tally.releases++;
      return (await this.#checkLocks(user)) ?? (step.looks ? this.#checkAsNew() : undefined);
    }
    const { text, kind } = step.statement;
    if (/read only/i.test(text)) this.#readOnly.add(user);
    else if (this.plain.transactionStatus(user) === 'I') this.#readOnly.delete(user);
    this.#emptied ||= EMPTIES_SETTING.test(text) || (this.#readOnly.has(user) && SETS_CUSTOM.test(text));
    if (this.#emptied && FAILS_WITHOUT_SETTING.test(text)) return undefined;
    if (step.does === 'ask') {
      if (!isOpen || (kind === 'random' && !this.#seeded.has(user))) return undefined;
      // After a failure PostgreSQL itself forgets that the next transaction was to be READ ONLY.
      if (/and chain/i.test(text) && this.plain.transactionStatus(user) === 'E') return undefined;
      return this.#compare(step, (side) => side.ask(user, step.statement));
    }
    if (isOpen || this.#open.size >= POOL_SIZE) return undefined;
    const difference = await this.#compare(step, (side) => side.askAlone(user, step.statement));
    return difference ?? (LEAVES_NOTHING.includes(kind) ? undefined : this.#checkLocks(user));
  }

  async #compare(
    { user, statement: { kind } }: Asking,
    ask: (side: Side) => Promise<Answer>,
  ): Promise<Difference | undefined> {
    const routed = await within(ask(this.subject));
    countAnswer(this.tally, kind, routed);
    if (routed !== undefined && 'refused' in routed && MAY_REFUSE.includes(routed.refused)) return undefined;
    const plain = await within(ask(this.plain));
    if (isDeepStrictEqual(this.#seen(plain), this.#seen(routed))) {
      if (kind === 'seed' && 'results' in plain!) this.#seeded.add(user);
      return undefined;
    }
    return { plain: JSON.stringify(plain) ?? 'no answer', routed: JSON.stringify(routed) ?? 'no answer' };
  }

  #seen(answer: Answer | undefined): unknown {
    const nullIfEmpty = (_: string, value: unknown) => (value === '' ? null : value);
    return this.#emptied && answer ? JSON.parse(JSON.stringify(answer), nullIfEmpty) : answer;
  }

  async #checkAsNew(): Promise<Difference | undefined> {
    const left = await this.subject.leftBehind(this.#open.size, this.#emptied);
    return left === '' ? undefined : { plain: 'connections as new', routed: left };
  }

  async #checkLocks(user: number): Promise<Difference | undefined> {
    if (await this.pair.lockIsFree(user)) return undefined;
    return { plain: 'no advisory lock is held', routed: `an advisory lock of user ${user} is still held` };
  }
}

/** Undefined if it takes too long. */
async function within<T>(work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, undefined);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
