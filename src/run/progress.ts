/** Where a run is: told often, shown by whoever wants to. */
export interface Progress {
  /** In words: `finding the rate`, `measuring`. */
  phase: string;
  /** Seconds until the command is done, as well as can be said; null if it can't. */
  etaS: number | null;
  /** Something to add, such as requests so far. */
  detail?: string;
}

/** How a command is interrupted, and where it tells how far it is. */
export interface Following {
  signal: AbortSignal;
  onProgress(progress: Progress): void;
  /** Told in a sentence what the user should know at once, such as that a dump may not fit. */
  onWarning(sentence: string): void;
}

/** The same for one run, whose id names what it starts and writes. */
export interface RunContext extends Following {
  id: string;
}
