import { asCalled } from '../machine/index.js';
import { type ErrorCode, plainJson, plainText } from '../machine/pure.js';

/*
 * All that the command line says goes through here. Names, statements and messages in it are others': what of them would
 * steer a terminal is shown. A line is one argument, so that a line break within one is not our layout either.
 */

/** Says lines on standard output. */
export function say(...lines: string[]): void {
  process.stdout.write(plain(lines));
}

/** Says a value to other programs, on standard output. */
export function sayJson(value: unknown): void {
  process.stdout.write(`${plainJson(value, 2)}\n`);
}

/** Says what a reporter made, which is plain but for the reporter's own colours. */
export function sayReport(text: string): void {
  process.stdout.write(text);
}

/** Says lines on standard error: what went wrong, and how far it is. */
export function sayAside(...lines: string[]): void {
  process.stderr.write(plain(lines));
}

/** Says what went wrong, with the code that docs/errors.md explains and a program can tell it by. */
export function sayError(code: ErrorCode, sentence: string): void {
  sayAside(`bench: ${sentence} [${code}]`);
}

/** Whether standard output shows colours. */
export function showsColours(): boolean {
  return process.stdout.isTTY === true && process.stdout.hasColors();
}

/** How many columns standard output shows; null where it is no terminal. */
export function columns(): number | null {
  return (process.stdout.isTTY && process.stdout.columns) || null;
}

function plain(lines: string[]): string {
  return lines.map((line) => `${asCalled(plainText(line))}\n`).join('');
}

/**
 * Whoever reads what the bench says may stop reading (`bench compare | head`): it goes on. What it can't write for another
 * reason is said on standard error, and the exit code is 4. For the life of the process: what is written last may fail after that.
 */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    sayError('OUTPUT_UNWRITABLE', `Standard output can't be written (${error.message}).`);
    process.once('exit', () => {
      process.exitCode = 4;
    });
  });
  process.stderr.on('error', () => {});
}
