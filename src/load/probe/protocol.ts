import type { Histogram } from '../../record/histogram.js';

/** What the probe's process is told first. */
export interface ProbeJob {
  /** Base URL of the service. */
  url: string;
  /** Seed and scale of the data set: the requests ask for its rows. */
  seed: number;
  scale: number;
  /** A request is given up after this long, in whole seconds. */
  timeoutS: number;
}

/** A stretch of load: so many users, each of whom sends a request as soon as the previous one is answered. */
export interface ProbeStep {
  concurrency: number;
  seconds: number;
}

/** What became of a step. Requests under way at its end are in none of the counts. */
export interface ProbeStepResult {
  /** Wall-clock times, ms since the epoch. */
  startMs: number;
  endMs: number;
  /** CPU of the probe's own process meanwhile. */
  cpuSeconds: number;
  ok: number;
  /** Answers other than 2xx, time-outs and broken connections. */
  failed: number;
  /** Of the ok answers. */
  latency: Histogram;
}

/** The answer to each step. */
export type ProbeMessage = { result: ProbeStepResult } | { failure: string };
