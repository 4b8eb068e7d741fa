import type { ErrorCode } from './error-codes.js';

/**
 * An error whose message is meant for the person at the terminal: one sentence that says what is wrong, where,
 * and what to do. The command line prints it without a stack and exits with `exitCode`.
 */
export class BenchError extends Error {
  override readonly name = 'BenchError';
  /**
   * @param code what a program can tell it by
   * @param message the sentence
   * @param options `exitCode` (default 2: bad usage or input; 4: what was asked for went wrong while it ran) and the
   *   underlying `cause`
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    options: { exitCode?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode ?? 2;
  }
  readonly exitCode: number;
}

/** The text of whatever was thrown: an Error's message, else the value as a string. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same as a part of a sentence: without a full stop at its end. */
export function wordsOf(error: unknown): string {
  return messageOf(error).replace(/\.$/, '');
}

const NOT_READ = new Map([
  ['ENOENT', 'there is no such file'],
  ['EACCES', 'it may not be read by this user'],
  ['EPERM', 'it may not be read by this user'],
  ['EISDIR', 'it is a folder'],
  ['ENOTDIR', 'a part of its path is a file'],
]);

/** Why a file could not be read, behind its name in a sentence. */
export function whyNotRead(error: unknown): string {
  if (error instanceof SyntaxError) return `it is not JSON (${wordsOf(error)})`;
  return NOT_READ.get((error as { code?: string } | null)?.code ?? '') ?? wordsOf(error);
}
