import type { Following } from '../run/index.js';

/** What a command is given besides its options. */
export interface CommandContext {
  /** Does what the command is for: interrupted by Ctrl-C, SIGTERM or the end of the terminal, its progress on stderr. */
  withProgress<T>(work: (following: Following) => Promise<T>): Promise<T>;
  /** Told in a sentence what stays of the command's work, should it be stopped at once. */
  keep(sentence: string): void;
  /** The process's exit code, once the command has ended. */
  setExitCode(code: number): void;
}
