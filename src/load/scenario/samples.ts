import { byCategory, CATEGORIES, type Category } from '../../record/pure.js';
import { NO_DELAY } from '../delay.js';
import { failureOf } from '../k6/failures.js';
import { Recorder } from '../recorder.js';
import { type EndsByCategory, isInWindow, LATE_MS, Tally, type TallyJson, type Window } from '../tally.js';

/** A line of k6's samples (`--out json`) that the bench reads. @see https://grafana.com/docs/k6/latest/results-output/real-time/json/ */
interface Point {
  metric: string;
  data: { time: string; value: number; tags?: Partial<Record<string, string>> };
}

/** The metric by which the frame tells of each iteration that begins. */
export const ITERATIONS = 'splitbench_iterations';
/** k6's own, of each that ends: what there is to count where executors of the scenario's own start them. */
const ENDED = 'iterations';

/** Of a dozen lines for each request, those that say something new. A request's follow each other at once. */
const READ = ['http_req_duration', 'http_req_blocked', 'dropped_iterations', ITERATIONS, ENDED];
const BEGINS = new RegExp(`^\\{"metric":"(${READ.join('|')})","type":"Point"`);

/** Names of requests that are told apart. Where a scenario gives none, k6 takes the URL, of which there is no end. */
const MOST_NAMES = 100;

/** An iteration that is left out is a request of this category: what it would have asked is not known. */
const OF_NOT_STARTED: Category = 'read';

export interface Schedule {
  /** When its executors began, in ms since the epoch. */
  zeroMs: number;
  window: Window;
  /** Iterations per second; null where there is no schedule. */
  ratePerSecond: number | null;
  seconds: number;
}

/** Counts what k6's samples tell of a scenario's requests, as a tally of a trace's events does. */
export class Samples {
  private readonly tally: Tally;
  private pending: Point | null = null;
  private readonly names = new Set<string>();
  private readonly unknown = new Set<string>();
  /** When iterations began, beside when the rate would have had them begin: equal, but for what they have in common. */
  private readonly begun: { atMs: number; offMs: number }[] = [];
  private iterations = 0;
  private dropped = 0;
  private droppedInWindow = 0;

  constructor(private readonly schedule: Schedule) {
    this.tally = new Tally(schedule.window);
  }

  get ends(): { ok: number; failed: number } {
    return this.tally.ends;
  }

  /** Takes in a line. */
  read(line: string): void {
    if (!BEGINS.test(line)) return;
    const point = JSON.parse(line) as Point;
    const { metric, data } = point;
    if (metric === 'http_req_duration') this.pending = point;
    else if (metric === 'http_req_blocked') this.request(data.value);
    else if (metric === ITERATIONS) this.iteration(data);
    else if (metric === 'dropped_iterations') this.drop(data);
    else if (this.schedule.ratePerSecond === null) this.iterations++;
  }

  /** A request that was sent when its iteration came to it. Those of setup and teardown have no scenario. */
  private request(blockedMs: number): void {
    const { time, value, tags = {} } = this.pending!.data;
    this.pending = null;
    if (tags.scenario === undefined) return;
    const answeredMs = this.since(time);
    const dueMs = answeredMs - value - blockedMs;
    const operation = this.nameOf(tags);
    const failed =
      tags.expected_response === undefined ? !isExpected(tags.status) : tags.expected_response !== 'true';
    const outcome = failed
      ? ({ end: 'failed', code: failureOf(Number(tags.status), Number(tags.error_code)) } as const)
      : ({ end: 'ok' } as const);
    this.tally.ended(
      { category: this.categoryOf(tags), operation, dueMs },
      outcome.end === 'failed' && operation === ''
        ? { ...outcome, operation: tags.method ?? 'request' }
        : outcome,
      { readyMs: dueMs, sentMs: dueMs, answeredMs, delay: NO_DELAY },
    );
  }

  private iteration({ time }: Point['data']): void {
    const { ratePerSecond } = this.schedule;
    if (ratePerSecond === null) return;
    const number = this.iterations++;
    const atMs = this.since(time);
    this.begun.push({ atMs, offMs: atMs - ((number + this.dropped) * 1000) / ratePerSecond });
  }

  private drop({ time, value }: Point['data']): void {
    this.dropped += value;
    if (isInWindow(this.since(time), this.schedule.window)) this.droppedInWindow += value;
  }

  /** In ms since the schedule's zero; k6 gives more digits than a Date holds. */
  private since(time: string): number {
    const finer = /\.\d{3}(\d+)/.exec(time)?.[1] ?? '';
    return Date.parse(time) - this.schedule.zeroMs + Number(`0.${finer}`);
  }

  private nameOf({ name = '' }: Partial<Record<string, string>>): string {
    // k6 puts a name that was given in the place of the URL, too.
    if (name === '' || /^https?:/.test(name)) return '';
    if (!this.names.has(name) && this.names.size >= MOST_NAMES) return 'other';
    this.names.add(name);
    return name;
  }

  /** As a tag says, else by the method: as frameworks tell what a replica may answer. */
  private categoryOf({ category, method }: Partial<Record<string, string>>): Category {
    const named = CATEGORIES.find((each) => each === category);
    if (named) return named;
    if (category !== undefined) this.unknown.add(category);
    return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? 'read' : 'write';
  }

  /** Once k6 has ended. */
  result() {
    const { ratePerSecond, seconds } = this.schedule;
    const tally: TallyJson = { ...this.tally.toJson(), ...this.lateness() };
    const due = ratePerSecond === null ? 0 : Math.floor(ratePerSecond * seconds);
    const notStarted = Math.max(this.dropped, due - this.iterations);
    // What an abort left out was to come last, in the window.
    const inWindow = this.droppedInWindow + notStarted - this.dropped;
    return {
      tally,
      census: {
        whole: capturedBy(tally.whole, notStarted),
        window: capturedBy(tally.window, inWindow),
        tellsFailures: false,
      },
      iterations: this.iterations,
      notStarted,
      warnings: this.warnings(),
    };
  }

  /** From when each iteration would have begun had all begun as promptly as the promptest. */
  private lateness(): Pick<TallyJson, 'lateness' | 'late'> {
    const promptest = this.begun.reduce(
      (least, { offMs }) => Math.min(least, offMs),
      Number.POSITIVE_INFINITY,
    );
    const [all, late] = [new Recorder(), new Recorder()];
    for (const { atMs, offMs } of this.begun) {
      if (!isInWindow(atMs, this.schedule.window)) continue;
      const lateMs = offMs - promptest;
      all.record(lateMs * 1000);
      if (lateMs > LATE_MS) late.record(lateMs * 1000);
    }
    const { count } = late.toJson();
    return { lateness: all.toJson(), late: count > 0 ? { generator: late.toJson() } : {} };
  }

  private warnings(): string[] {
    if (this.unknown.size === 0) return [];
    const names = [...this.unknown].map((name) => `"${name}"`).join(', ');
    return [
      `Requests of the category ${names} counted by their method: a category is one of ${CATEGORIES.join(', ')}.`,
    ];
  }
}

function capturedBy(ends: EndsByCategory, notStarted: number): Record<Category, number> {
  return byCategory((category) => {
    const { ok, failed, skipped } = ends[category];
    return ok + failed + skipped + (category === OF_NOT_STARTED ? notStarted : 0);
  });
}

function isExpected(status: string | undefined): boolean {
  return Number(status) >= 200 && Number(status) < 400;
}
