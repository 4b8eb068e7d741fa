import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { type Child, type ChildOptions, startChild } from './child.js';
import { builtPath } from './entry.js';
import { wordsOf } from './errors.js';
import { SILENCE_S, STOOD_STILL, watchForSilence } from './silence.js';
import { explainSystemError } from './system-errors.js';

/**
 * A process of the bench's own, which both ends talk to in lines of JSON. It ends when its input does. Every second it
 * shows that it is alive: one that doesn't, for it was stopped or hangs, is given up.
 */
export interface Worker<Message> extends Child {
  send(value: unknown): void;
  /** What it says next; null once it has said all and ended. */
  receive(): Promise<Message | null>;
}

/** Starts an entry file (such as `service/main`) as a worker. */
export function startWorker<Message>(
  entry: string,
  options: Pick<ChildOptions, 'signal' | 'runId'>,
): Worker<Message> {
  const child = startChild(process.execPath, [builtPath(`${entry}.js`)], {
    ...options,
    input: 'pipe',
    output: 'pipe',
  });
  const life = watchForSilence(SILENCE_S, () => child.giveUp(STOOD_STILL));
  const said: string[] = [];
  let wake = () => {};
  // Of one that could not be started there is nothing to read: its ending says why.
  createInterface({ input: child.process.stdout ?? Readable.from([]) }).on('line', (line) => {
    life.heard();
    if (line !== SIGN_OF_LIFE) said.push(line);
    wake();
  });
  void child.ended.then(() => {
    life[Symbol.dispose]();
    wake();
  });
  return Object.assign(child, {
    send(value: unknown) {
      child.process.stdin?.write(`${JSON.stringify(value)}\n`);
    },
    async receive() {
      while (said.length === 0 && !child.hasEnded) await new Promise<void>((resolve) => (wake = resolve));
      const line = said.shift();
      return line === undefined ? null : (JSON.parse(line) as Message);
    },
  });
}

/** An empty line. */
const SIGN_OF_LIFE = '';
const SIGN_OF_LIFE_EVERY_MS = 1000;

/**
 * The worker's own end, for its entry file: says what comes in, and that the input has closed.
 * @returns what sends a message; `written` is called when it is out
 */
export function beWorker<Received, Sent>(
  title: string,
  on: { message(message: Received): void; close(): void },
): (message: Sent, written?: () => void) => void {
  process.title = title;
  // What nobody awaited is its last words, in place of Node's stack.
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${wordsOf(explainSystemError(error) ?? error)}\n`);
    process.exit(1);
  });
  // Where Ctrl-C reaches all processes in the terminal, it is still the bench that decides when this one ends.
  process.on('SIGINT', () => {});
  const reader = createInterface({ input: process.stdin });
  reader.on('line', (line) => on.message(JSON.parse(line) as Received));
  reader.once('close', () => on.close());
  // Where nobody listens any more its input closes too.
  process.stdout.on('error', () => {});
  setInterval(() => process.stdout.write(`${SIGN_OF_LIFE}\n`), SIGN_OF_LIFE_EVERY_MS).unref();
  return (message, written) => process.stdout.write(`${JSON.stringify(message)}\n`, written);
}
