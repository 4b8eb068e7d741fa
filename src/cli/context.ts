/** What a command is given besides its options. */
export interface CommandContext {
  /** Aborted by Ctrl-C, SIGTERM or the end of the terminal. */
  signal: AbortSignal;
  /** The process's exit code, once the command has ended. */
  setExitCode(code: number): void;
}
