import type { Following } from '../run/index.js';

/** What a command is given besides its options. */
export interface CommandContext {
  /** Does what the command is for: interrupted by Ctrl-C, SIGTERM or the end of the terminal, its progress on stderr. */
  withProgress<T>(work: (following: Following) => Promise<T>): Promise<T>;
  /** The process's exit code, once the command has ended. */
  setExitCode(code: number): void;
}
