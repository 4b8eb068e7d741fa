import { formatNumber } from '../../../src/machine/units.js';
import { binomialTail } from '../../../src/score/statistics/counts.js';

/** How often something happened. */
export interface Tally {
  count: number;
  of: number;
}

export function tally(): Tally & { note(happened: boolean): void } {
  return {
    count: 0,
    of: 0,
    note(happened) {
      this.of++;
      if (happened) this.count++;
    },
  };
}

export function percentOf({ count, of }: Tally): string {
  return of === 0 ? '-' : formatNumber((100 * count) / of, 2);
}

/** Once in so many cells a goal that is just kept is taken for missed. */
const ALARM = 0.001;

/** Whether something that should happen in at most `goal` percent of cases did so more often than chance explains. */
export function exceeds({ count, of }: Tally, goal: number): boolean {
  return of > 0 && count > 0 && binomialTail(count, of, goal / 100) < ALARM;
}

/** Prints a table in Markdown. */
export function print(title: string, heads: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  console.log(['', title, '', line(heads), line(heads.map(() => '---')), ...rows.map(line), ''].join('\n'));
}
