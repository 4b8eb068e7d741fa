import { sumOf } from '../../machine/pure.js';
import { isLostName, LOST_NAMES_ADVICE } from '../../record/pure.js';
import type { Outcome } from '../tally.js';
import { describeCode } from './error-codes.js';

const FIRST_MS = 10_000;
const ENOUGH_EVENTS = 50;
const TOO_MANY = 0.05;

const DATA = "The dump may not fit the log's start.";
/** Errors that say nothing of the data. */
const WHY = new Map([
  [
    describeCode('40P01'),
    'A replay does not keep the order of sessions to the microsecond, and they lock each other out.',
  ],
  [describeCode('40001'), 'Transactions get into each other’s way more than when they were captured.'],
]);

/**
 * Watches the first seconds of a replay. Many errors there that the capture did not have mostly mean that the data
 * is not of the moment at which the log begins, and whoever waits for the run should hear that at once.
 */
export class EarlyErrors {
  private ended = 0;
  private readonly failures = new Map<string, number>();
  private firstMs: number | undefined;
  private said = false;

  /** @returns the warning, once, when it is due */
  note(outcome: Outcome, nowMs: number): string | null {
    this.firstMs ??= nowMs;
    if (this.said || outcome.end === 'skipped' || nowMs - this.firstMs > FIRST_MS) return null;
    this.ended++;
    if (outcome.end === 'failed' && outcome.compared !== 'same')
      this.failures.set(outcome.code, (this.failures.get(outcome.code) ?? 0) + 1);
    const failed = sumOf(this.failures.values());
    if (this.ended < ENOUGH_EVENTS || failed <= TOO_MANY * this.ended) return null;
    this.said = true;
    const most = Math.max(...this.failures.values());
    const code = [...this.failures.keys()].find((key) => this.failures.get(key) === most)!;
    const why = isLostName(code) ? LOST_NAMES_ADVICE : (WHY.get(code) ?? DATA);
    return (
      `${Math.round((100 * failed) / this.ended)} % of the first ${this.ended} statements failed ` +
      `(most often ${code}). ${why}`
    );
  }
}
