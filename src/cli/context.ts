import type { Configured } from '../plan/index.js';
import type { Following } from '../run/index.js';

/** What a command is given besides its options. */
export interface CommandContext {
  /** Does what the command is for: interrupted by Ctrl-C, SIGTERM or the end of the terminal, its progress on stderr. */
  withProgress<T>(work: (following: Following) => Promise<T>): Promise<T>;
  /** Told in a sentence what stays of the command's work, should it be stopped at once. */
  keep(sentence: string): void;
  /** Told which options bench.config.ts sets: where one of them can't stand beside another, it is said where it is set. */
  configured(configured: Configured): void;
  /** The process's exit code, once the command has ended. */
  setExitCode(code: number): void;
}
