import { guessPrefix, looksPrefixed } from './guess-prefix.js';
import type { LinePrefix } from './line-prefix.js';
import type { LogLine } from './line-reader.js';

/** So many lines that begin alike, and otherwise than those before them, are no damage. */
const ENOUGH = 20;
const FEWEST = 10;
/** Of the lines that seem to begin with another prefix, the share that must. */
const SHARE = 0.8;
/** Servers' processes hear of a change one after the other: so many lines are looked at together, at most. */
const MOST_LINES = 1000;
const MOST_CHARACTERS = 1 << 20;
/** Where lines are strange time and again, they are damaged: they are looked at ever more seldom. */
const MOST_ENOUGH = MOST_LINES / 2;

/** Lines held back since one began otherwise than the prefix says, until it shows whether the prefix was changed. */
export class StrangeLines {
  #lines: LogLine[] = [];
  #strange: LogLine[] = [];
  #characters = 0;
  #enough = ENOUGH;

  get areHeld(): boolean {
    return this.#lines.length > 0;
  }

  /** Whether a line that can't be read may be one that another prefix begins. */
  static isOne({ text }: LogLine): boolean {
    return looksPrefixed(text);
  }

  /** @returns whether that are enough to tell */
  hold(line: LogLine, isStrange: boolean): boolean {
    this.#lines.push(line);
    if (isStrange) this.#strange.push(line);
    this.#characters += line.text.length;
    return (
      this.#strange.length >= this.#enough ||
      this.#lines.length >= MOST_LINES ||
      this.#characters >= MOST_CHARACTERS
    );
  }

  /** @returns the lines that were held, and the prefix that the strange ones turned out to have, from which of them on */
  release(): { lines: LogLine[]; change?: { prefix: LinePrefix; from: LogLine } } {
    const [lines, strange] = [this.#lines, this.#strange];
    this.#lines = [];
    this.#strange = [];
    this.#characters = 0;
    const prefix = strange.length < FEWEST ? undefined : guessPrefix(strange);
    const fitting = strange.filter(({ text }) => prefix?.parse(text));
    if (prefix && fitting.length >= FEWEST && fitting.length >= SHARE * strange.length) {
      return { lines, change: { prefix, from: fitting[0]! } };
    }
    this.#enough = Math.min(this.#enough * 4, MOST_ENOUGH);
    return { lines };
  }
}
