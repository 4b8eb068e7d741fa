import type { SparseHistogram } from '../record/histogram.js';
import {
  byCategory,
  CATEGORIES,
  type Category,
  LATE_CAUSES,
  type LateCause,
  type LoadError,
  type LoadSkip,
  type MissingError,
} from '../record/pure.js';
import type { Delay } from './delay.js';
import { Recorder } from './recorder.js';

/** The measured window [startUs, endUs) of the schedule, in µs from its zero. */
export interface Window {
  startUs: number;
  endUs: number;
  /** Length of the time blocks that latency is also kept by. */
  blockUs: number;
}

/** What the tally needs to know of an event. */
export interface Counted {
  category: Category;
  /** Name of the operation, or '' where events have none: then latency is not kept by it. */
  operation: string;
  /** When it was due on the schedule that is being played, in ms from its zero. */
  dueMs: number;
}

/** When an event was sent and answered, in ms from the schedule's zero. */
export interface Timing {
  /** When it could have been sent: its due time, or later if its session still waited for an answer. */
  readyMs: number;
  sentMs: number;
  answeredMs: number;
  delay: Delay;
}

/** An event that begins later than that after it was due counts as late, in ms. */
export const LATE_MS = 1;

/** What is told of each event that has come to its end. */
export interface Endings {
  ended(event: Counted, outcome: Outcome, timing: Timing): void;
}

/** How an event ended. Error codes and reasons name a kind of thing, never a value from the workload. */
export type Outcome =
  | { end: 'ok'; missing?: Pick<MissingError, 'operation' | 'code'> }
  /** `operation`: where events have none, what stands for it among the errors. */
  | ({ end: 'failed'; code: string; operation?: string } & Pick<LoadError, 'compared' | 'capturedCode'>)
  | { end: 'skipped'; reason: string };

/** Kinds of error told apart; from there on only their code is. A workload may have no end of statements. */
const MAX_ERROR_KINDS = 200;

export type Ends = { ok: number; failed: number; skipped: number };
export type EndsByCategory = Record<Category, Ends>;

export interface TallyJson {
  whole: EndsByCategory;
  window: EndsByCategory;
  latency: Partial<Record<Category, SparseHistogram>>;
  latencyByOperation: Partial<Record<string, SparseHistogram>>;
  blocks: Partial<Record<Category, SparseHistogram>>[];
  failedByBlock: Partial<Record<Category, number>>[];
  operations: Partial<Record<string, Category>>;
  lateness: SparseHistogram;
  backpressure: SparseHistogram;
  late: Partial<Record<LateCause, SparseHistogram>>;
  errors: LoadError[];
  missingErrors: MissingError[];
  skips: LoadSkip[];
  /** When the last answer came, in ms from the schedule's zero. */
  lastAnswerMs: number;
}

/**
 * Counts what became of events and keeps their latencies as histograms: memory depends on the variety of what
 * happened, not on how much.
 */
export class Tally implements Endings {
  private readonly whole = noEnds();
  private readonly inWindow = noEnds();
  private readonly latency = new Recorders<Category>();
  private readonly byOperation = new Recorders<string>();
  private readonly blocks: Recorders<Category>[] = [];
  private readonly failedByBlock: Partial<Record<Category, number>>[] = [];
  private readonly operations = new Map<string, Category>();
  private readonly lateness = new Recorder();
  private readonly backpressure = new Recorder();
  private readonly late = new Recorders<LateCause>();
  private readonly errors = new Map<string, LoadError>();
  private readonly missingErrors = new Map<string, MissingError>();
  private readonly skips = new Map<string, number>();
  private lastAnswerMs = 0;

  constructor(private readonly window: Window) {}

  /** Events that came to an end so far, over the whole trace. */
  get ends(): Ends {
    const sum: Ends = { ok: 0, failed: 0, skipped: 0 };
    for (const category of CATEGORIES) addEnds(sum, this.whole[category]);
    return sum;
  }

  /** Takes in an event that came to its end. One that was skipped was never sent, so its timing says nothing. */
  ended(event: Counted, outcome: Outcome, timing: Timing): void {
    const inWindow = isInWindow(event.dueMs, this.window);
    this.whole[event.category][outcome.end]++;
    if (inWindow) this.inWindow[event.category][outcome.end]++;
    if (outcome.end === 'skipped') {
      this.addSkips(outcome.reason, 1);
      return;
    }
    if (outcome.end === 'failed') {
      const { code, operation = event.operation, compared, capturedCode } = outcome;
      const { category } = event;
      addError(this.errors, { category, operation, code, count: 1, compared, capturedCode });
    } else if (outcome.missing) {
      addError(this.missingErrors, { category: event.category, ...outcome.missing, count: 1 });
    }
    this.lastAnswerMs = Math.max(this.lastAnswerMs, timing.answeredMs);
    if (!inWindow) return;
    this.lateness.record((timing.sentMs - timing.readyMs) * 1000);
    this.backpressure.record((timing.readyMs - event.dueMs) * 1000);
    this.noteLate(timing.delay);
    const block = Math.floor((event.dueMs * 1000 - this.window.startUs) / this.window.blockUs);
    if (outcome.end === 'failed') {
      if (outcome.compared !== 'same') this.addFailed(block, event.category, 1);
      return;
    }
    const latencyUs = (timing.answeredMs - event.dueMs) * 1000;
    this.latency.record(event.category, latencyUs);
    if (event.operation !== '') {
      this.byOperation.record(event.operation, latencyUs);
      this.operations.set(event.operation, event.category);
    }
    this.blockAt(block).record(event.category, latencyUs);
  }

  /** Takes in what another player of the same trace counted. */
  add(other: TallyJson): void {
    for (const category of CATEGORIES) {
      addEnds(this.whole[category], other.whole[category]);
      addEnds(this.inWindow[category], other.window[category]);
    }
    this.latency.add(other.latency);
    this.byOperation.add(other.latencyByOperation);
    for (const [index, block] of other.blocks.entries()) this.blockAt(index).add(block);
    for (const [index, block] of other.failedByBlock.entries()) {
      for (const category of CATEGORIES) this.addFailed(index, category, block[category] ?? 0);
    }
    for (const [name, category] of Object.entries(other.operations)) this.operations.set(name, category!);
    this.lateness.add(other.lateness);
    this.backpressure.add(other.backpressure);
    this.late.add(other.late);
    for (const error of other.errors) addError(this.errors, { ...error });
    for (const error of other.missingErrors) addError(this.missingErrors, { ...error });
    for (const { reason, count } of other.skips) this.addSkips(reason, count);
    this.lastAnswerMs = Math.max(this.lastAnswerMs, other.lastAnswerMs);
  }

  toJson(): TallyJson {
    return {
      whole: this.whole,
      window: this.inWindow,
      latency: this.latency.toJson(),
      latencyByOperation: this.byOperation.toJson(),
      blocks: Array.from(this.blocks, (block) => block?.toJson() ?? {}),
      failedByBlock: Array.from(this.failedByBlock, (block) => block ?? {}),
      operations: Object.fromEntries(this.operations),
      lateness: this.lateness.toJson(),
      backpressure: this.backpressure.toJson(),
      late: this.late.toJson(),
      errors: [...this.errors.values()],
      missingErrors: [...this.missingErrors.values()],
      skips: Array.from(this.skips, ([reason, count]) => ({ reason, count })),
      lastAnswerMs: this.lastAnswerMs,
    };
  }

  /** Under what took the most of its delay. */
  private noteLate(delay: Delay): void {
    const totalMs = delay.generator + delay.connection + delay.server;
    if (totalMs <= LATE_MS) return;
    const cause = LATE_CAUSES.reduce((most, each) => (delay[each] > delay[most] ? each : most));
    this.late.record(cause, totalMs * 1000);
  }

  private blockAt(index: number): Recorders<Category> {
    this.blocks[index] ??= new Recorders();
    return this.blocks[index];
  }

  private addFailed(index: number, category: Category, count: number): void {
    if (count === 0) return;
    this.failedByBlock[index] ??= {};
    const block = this.failedByBlock[index];
    block[category] = (block[category] ?? 0) + count;
  }

  private addSkips(reason: string, count: number): void {
    this.skips.set(reason, (this.skips.get(reason) ?? 0) + count);
  }
}

function addError<E extends LoadError>(errors: Map<string, E>, error: E): void {
  const keyOf = ({ category, operation, code, compared, capturedCode }: E) =>
    [category, operation, code, compared, capturedCode].join('\n');
  if (errors.size >= MAX_ERROR_KINDS && !errors.has(keyOf(error))) error.operation = 'other';
  const known = errors.get(keyOf(error));
  if (known) known.count += error.count;
  else errors.set(keyOf(error), error);
}

/** Whether an event that is due then belongs to the window. Everything that counts by window asks here. */
export function isInWindow(dueMs: number, window: Window): boolean {
  return dueMs * 1000 >= window.startUs && dueMs * 1000 < window.endUs;
}

/** Recorders that come into being with the first value of their key. */
class Recorders<K extends string> {
  private readonly recorders = new Map<K, Recorder>();

  record(key: K, us: number): void {
    this.of(key).record(us);
  }

  add(others: Partial<Record<K, SparseHistogram>>): void {
    for (const [key, histogram] of Object.entries(others))
      this.of(key as K).add(histogram as SparseHistogram);
  }

  toJson(): Partial<Record<K, SparseHistogram>> {
    const entries = Array.from(this.recorders, ([key, recorder]) => [key, recorder.toJson()]);
    return Object.fromEntries(entries) as Partial<Record<K, SparseHistogram>>;
  }

  private of(key: K): Recorder {
    const recorder = this.recorders.get(key) ?? new Recorder();
    this.recorders.set(key, recorder);
    return recorder;
  }
}

function noEnds(): EndsByCategory {
  return byCategory(() => ({ ok: 0, failed: 0, skipped: 0 }));
}

function addEnds(sum: Ends, more: Ends): void {
  sum.ok += more.ok;
  sum.failed += more.failed;
  sum.skipped += more.skipped;
}
