import { closeSync, openSync, writeFileSync } from 'node:fs';
import type { Answer, EventEnd } from '../../record/pure.js';
import type { AnswersJob } from '../driver.js';
import type { Outcome } from '../tally.js';
import { AnswerReader } from './answer.js';

/** How an event ended, and the way to its answer, where it has one that can be compared with another run's. */
export type Performed = Outcome & {
  answer?: (reader: AnswerReader) => Answer;
  /** For a connection while all of the player's own were taken, in ms; opening one is the server's work. */
  waitedMs?: number;
};

const BATCH_CHARACTERS = 65_536;

/**
 * Writes what reads were answered while a trace is played, a line of JSON each: memory stays flat, and no latency has the
 * hashing in it. Several threads write one file: each adds whole lines to its end.
 */
export class AnswerLog {
  readonly #reader: AnswerReader;
  readonly #file: number;
  #batch = '';

  constructor({ file, key }: AnswersJob) {
    this.#reader = new AnswerReader(key, Date.now());
    this.#file = openSync(file, 'a');
  }

  /** Notes a read that has ended, as soon as its time has been taken. */
  note(event: number, { end, answer }: Performed): void {
    setImmediate(() => {
      if (answer) this.#write({ event, answer: answer(this.#reader) });
      else if (end !== 'ok') this.#write({ event, end });
    });
  }

  /** After the last answer: writes what is left. */
  async close(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#flush();
    closeSync(this.#file);
  }

  #write(line: EventEnd): void {
    this.#batch += `${JSON.stringify(line)}\n`;
    if (this.#batch.length >= BATCH_CHARACTERS) this.#flush();
  }

  #flush(): void {
    // All of it or an error: a disk that is nearly full takes a part.
    writeFileSync(this.#file, this.#batch);
    this.#batch = '';
  }
}
