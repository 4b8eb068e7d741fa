import { Random } from './random.js';
import { USERS } from './schema.js';
import type { Asking, Step } from './script.js';
import {
  draw,
  drawSeveral,
  EMPTIES_SETTING,
  type Kind,
  type Statement,
  THEMES,
  type Theme,
} from './statements.js';

/** What a generator must know of how things stand. */
export interface Standing {
  /** As `pg` has it for the user's client. */
  transactionStatus(user: number): string;
}

interface Habits {
  themes: readonly Theme[];
  /** Steps until it gives its client back. */
  stays: number;
  seeded: boolean;
}

/**
 * Random users, one step after the other: each takes a client, turns to a few kinds of statements again and again, and
 * gives it back.
 */
export class Users {
  readonly #random: Random;
  readonly #open = new Map<number, Habits>();
  readonly #emptiesSettings: boolean;

  /** @param places how many clients may be open at a time */
  constructor(
    seed: number,
    readonly places: number,
    readonly themes: readonly Theme[] = THEMES,
  ) {
    this.#random = new Random(seed);
    this.#emptiesSettings = this.#random.chance(0.3);
  }

  next(standing: Standing): Step {
    const random = this.#random;
    const user = 1 + Math.floor(random.next() * USERS);
    const habits = this.#open.get(user);
    if (habits === undefined) {
      if (this.#open.size >= this.places) return this.next(standing);
      if (random.chance(0.3)) return this.#ask(user, 'ask alone', () => this.#statementAlone(user));
      this.#open.set(user, {
        themes: [random.pick(this.themes), random.pick(this.themes)],
        stays: 2 + Math.floor(random.next() ** 2 * 40),
        seeded: false,
      });
      return { user, does: 'open', how: random.chance(0.8) ? 'client' : 'connection' };
    }
    if (habits.stays-- <= 0) {
      this.#open.delete(user);
      return { user, does: 'release', destroy: random.chance(0.05), looks: random.chance(0.5) };
    }
    const status = standing.transactionStatus(user);
    const step = this.#ask(user, 'ask', () => this.#statement(user, habits, status));
    if (step.statement.kind === 'seed') habits.seeded = true;
    return step;
  }

  #ask(user: number, does: Asking['does'], drawOne: () => Statement): Asking {
    for (;;) {
      const statement = drawOne();
      if (this.#emptiesSettings || !EMPTIES_SETTING.test(statement.text)) return { user, does, statement };
    }
  }

  /** Gives back all clients that are open. */
  leave(): Step[] {
    const steps = [...this.#open.keys()].map(
      (user): Step => ({ user, does: 'release', destroy: false, looks: true }),
    );
    this.#open.clear();
    return steps;
  }

  #statement(user: number, { themes, seeded }: Habits, status: string) {
    const random = this.#random;
    if (status === 'E' && random.chance(0.7)) return draw('end', user, random);
    const inTransaction = status !== 'I';
    const kind = random.weighted<Kind>([
      [45, random.pick(themes)],
      [themes.includes('setting') || themes.includes('role') ? 15 : 3, 'showing'],
      [8, 'read'],
      [6, 'write'],
      [seeded ? 12 : 0, 'random'],
      [inTransaction ? 1 : 9, 'begin'],
      [inTransaction ? 9 : 1, 'within'],
      [inTransaction ? 12 : 1, 'end'],
      [4, 'clear'],
      [5, 'several'],
    ]);
    return kind === 'several'
      ? drawSeveral([...themes, ...themes, 'read', 'write', 'showing', 'begin', 'end', 'clear'], user, random)
      : draw(kind, user, random);
  }

  #statementAlone(user: number) {
    const random = this.#random;
    const theme = random.pick(this.themes);
    const kind = random.weighted<Kind>([
      [10, 'read'],
      [5, 'showing'],
      [4, 'write'],
      [8, theme],
      [1, 'begin'],
      [1, 'end'],
      [1, 'clear'],
      [2, 'several'],
    ]);
    return kind === 'several'
      ? drawSeveral([theme, 'read', 'write', 'showing'], user, random)
      : draw(kind, user, random);
  }
}
