/// <reference types="k6" />

/** What the frame is told, as JSON in the environment variable {@link JOB_VARIABLE}. */
export interface FrameJob {
  /** Iterations per second; null: the scenario's own executors start them. */
  ratePerSecond: number | null;
  seconds: number;
  /** A request is given up after this long, where the scenario says nothing else. */
  timeoutMs: number;
  /** What begins the line that tells when the executors begin. */
  mark: string;
  /** The metric that counts iterations as they begin. */
  metric: string;
  /** The file for k6's summary. */
  summary: string;
}

export const JOB_VARIABLE = 'SPLITBENCH_FRAME';

export const job = JSON.parse(__ENV[JOB_VARIABLE] ?? '{}') as FrameJob;
