import type { SparseHistogram } from '../record/histogram.js';
import { CATEGORIES, type Category } from '../record/pure.js';
import { mergeHistograms, Recorder } from './recorder.js';

/** The measured window of the schedule, in µs from its zero. */
export interface Window {
  startUs: number;
  endUs: number;
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
}

/** How an event ended. Error codes and reasons name a kind of thing, never a value from the workload. */
export type Outcome =
  | { end: 'ok' }
  | {
      end: 'failed';
      code: string /** Where events have no operation: what stands for it among the errors. */;
      operation?: string;
    }
  | { end: 'skipped'; reason: string };

export type Ends = { ok: number; failed: number; skipped: number };
export type EndsByCategory = Record<Category, Ends>;

export interface TallyJson {
  whole: EndsByCategory;
  window: EndsByCategory;
  latency: Partial<Record<Category, SparseHistogram>>;
  latencyByOperation: Record<string, SparseHistogram>;
  blocks: Partial<Record<Category, SparseHistogram>>[];
  lateness: SparseHistogram;
  backpressure: SparseHistogram;
  errors: { category: Category; operation: string; code: string; count: number }[];
  skips: { reason: string; count: number }[];
  /** When the last answer came, in ms from the schedule's zero. */
  lastAnswerMs: number;
}

/**
 * Counts what became of events and keeps their latencies as histograms: memory depends on the variety of what
 * happened, not on how much. Nothing in it needs Node: the k6 scenario uses it too.
 */
export class Tally {
  private readonly whole = noEnds();
  private readonly inWindow = noEnds();
  private readonly latency = new Recorders<Category>();
  private readonly byOperation = new Recorders<string>();
  private readonly blocks: Recorders<Category>[] = [];
  private readonly lateness = new Recorder();
  private readonly backpressure = new Recorder();
  private readonly errors = new Map<string, TallyJson['errors'][number]>();
  private readonly skips = new Map<string, number>();
  private lastAnswerMs = 0;
  private readonly sum: Ends = { ok: 0, failed: 0, skipped: 0 };

  constructor(private readonly window: Window) {}

  /** Events that came to an end so far, over the whole trace. */
  get ends(): Readonly<Ends> {
    return this.sum;
  }

  /** Takes in an event that was sent and came to its end. */
  sent(event: Counted, outcome: Outcome, timing: Timing): void {
    this.count(event, outcome);
    this.lastAnswerMs = Math.max(this.lastAnswerMs, timing.answeredMs);
    if (!this.isInWindow(event)) return;
    this.lateness.record((timing.sentMs - timing.readyMs) * 1000);
    this.backpressure.record((timing.readyMs - event.dueMs) * 1000);
    if (outcome.end !== 'ok') return;
    const latencyUs = (timing.answeredMs - event.dueMs) * 1000;
    this.latency.record(event.category, latencyUs);
    if (event.operation !== '') this.byOperation.record(event.operation, latencyUs);
    this.block(event).record(event.category, latencyUs);
  }

  /** Takes in an event that was left out on purpose. */
  skipped(event: Counted, reason: string): void {
    this.count(event, { end: 'skipped', reason });
  }

  toJson(): TallyJson {
    return {
      whole: this.whole,
      window: this.inWindow,
      latency: this.latency.toJson(),
      latencyByOperation: this.byOperation.toJson() as Record<string, SparseHistogram>,
      blocks: Array.from(this.blocks, (block) => block?.toJson() ?? {}),
      lateness: this.lateness.toJson(),
      backpressure: this.backpressure.toJson(),
      errors: [...this.errors.values()],
      skips: Array.from(this.skips, ([reason, count]) => ({ reason, count })),
      lastAnswerMs: this.lastAnswerMs,
    };
  }

  private count(event: Counted, outcome: Outcome): void {
    this.sum[outcome.end]++;
    this.whole[event.category][outcome.end]++;
    if (this.isInWindow(event)) this.inWindow[event.category][outcome.end]++;
    if (outcome.end === 'failed') {
      const { code, operation = event.operation } = outcome;
      addError(this.errors, { category: event.category, operation, code, count: 1 });
    }
    if (outcome.end === 'skipped') this.skips.set(outcome.reason, (this.skips.get(outcome.reason) ?? 0) + 1);
  }

  private isInWindow(event: Counted): boolean {
    return isInWindow(event.dueMs, this.window);
  }

  private block(event: Counted): Recorders<Category> {
    const index = Math.floor((event.dueMs * 1000 - this.window.startUs) / this.window.blockUs);
    this.blocks[index] ??= new Recorders();
    return this.blocks[index];
  }
}

/** Whether an event that is due then belongs to the window. Everything that counts by window asks here. */
export function isInWindow(dueMs: number, window: Window): boolean {
  return dueMs * 1000 >= window.startUs && dueMs * 1000 < window.endUs;
}

/** One tally of what several players of one trace counted. */
export function mergeTallies(tallies: readonly TallyJson[]): TallyJson {
  const errors = new Map<string, TallyJson['errors'][number]>();
  const skips = new Map<string, number>();
  for (const tally of tallies) {
    for (const error of tally.errors) addError(errors, { ...error });
    for (const { reason, count } of tally.skips) skips.set(reason, (skips.get(reason) ?? 0) + count);
  }
  const blockCount = Math.max(0, ...tallies.map((tally) => tally.blocks.length));
  return {
    whole: addEnds(tallies.map((tally) => tally.whole)),
    window: addEnds(tallies.map((tally) => tally.window)),
    latency: mergeByKey(tallies.map((tally) => tally.latency)),
    latencyByOperation: mergeByKey(tallies.map((tally) => tally.latencyByOperation)) as Record<
      string,
      SparseHistogram
    >,
    blocks: Array.from({ length: blockCount }, (_, index) =>
      mergeByKey(tallies.map((tally) => tally.blocks[index] ?? {})),
    ),
    lateness: mergeHistograms(tallies.map((tally) => tally.lateness)),
    backpressure: mergeHistograms(tallies.map((tally) => tally.backpressure)),
    errors: [...errors.values()],
    skips: Array.from(skips, ([reason, count]) => ({ reason, count })),
    lastAnswerMs: Math.max(0, ...tallies.map((tally) => tally.lastAnswerMs)),
  };
}

/** Recorders that come into being with the first value of their key. */
class Recorders<K extends string> {
  private readonly recorders = new Map<K, Recorder>();

  record(key: K, us: number): void {
    let recorder = this.recorders.get(key);
    if (!recorder) {
      recorder = new Recorder();
      this.recorders.set(key, recorder);
    }
    recorder.record(us);
  }

  toJson(): Partial<Record<K, SparseHistogram>> {
    const json: Partial<Record<K, SparseHistogram>> = {};
    for (const [key, recorder] of this.recorders) json[key] = recorder.toJson();
    return json;
  }
}

/** Kinds of error told apart; from there on only their code is. A workload may have no end of statements. */
const MAX_ERROR_KINDS = 200;

function addError(
  errors: Map<string, TallyJson['errors'][number]>,
  error: TallyJson['errors'][number],
): void {
  if (errors.size >= MAX_ERROR_KINDS && !errors.has(errorKey(error))) error.operation = 'other';
  const known = errors.get(errorKey(error));
  if (known) known.count += error.count;
  else errors.set(errorKey(error), error);
}

function errorKey({
  category,
  operation,
  code,
}: {
  category: string;
  operation: string;
  code: string;
}): string {
  return `${category}\n${operation}\n${code}`;
}

function noEnds(): EndsByCategory {
  const ends = {} as EndsByCategory;
  for (const category of CATEGORIES) ends[category] = { ok: 0, failed: 0, skipped: 0 };
  return ends;
}

function addEnds(all: readonly EndsByCategory[]): EndsByCategory {
  const total = noEnds();
  for (const ends of all) {
    for (const category of CATEGORIES) {
      total[category].ok += ends[category].ok;
      total[category].failed += ends[category].failed;
      total[category].skipped += ends[category].skipped;
    }
  }
  return total;
}

function mergeByKey<K extends string>(
  maps: readonly Partial<Record<K, SparseHistogram>>[],
): Partial<Record<K, SparseHistogram>> {
  const lists = new Map<K, SparseHistogram[]>();
  for (const map of maps) {
    for (const [key, histogram] of Object.entries(map) as [K, SparseHistogram][]) {
      const list = lists.get(key);
      if (list) list.push(histogram);
      else lists.set(key, [histogram]);
    }
  }
  const merged: Partial<Record<K, SparseHistogram>> = {};
  for (const [key, list] of lists) merged[key] = mergeHistograms(list);
  return merged;
}
