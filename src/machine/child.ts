import { type ChildProcess, spawn } from 'node:child_process';
import { atExit } from './at-exit.js';
import { BenchError } from './errors.js';
import { registerChild } from './run-dir.js';

/** The user that PostgreSQL's programs run as where the bench is root, which they refuse to be. */
export interface RunAs {
  user: string;
  uid: number;
  gid: number;
}

export interface ChildOptions {
  cwd?: string;
  /** By default the bench's own environment. */
  env?: NodeJS.ProcessEnv;
  /** Null: as the bench's own user. */
  runAs?: RunAs | null;
  /** `pipe` for what is written to it; by default it has no input. */
  input?: 'pipe';
  /** `pipe` for what is read, or an open file for all that it says; by default it goes nowhere. */
  output?: 'pipe' | number;
  /** Aborted, it kills the program. */
  signal?: AbortSignal;
  /** The run that starts it: noted there, so that the next bench ends it should this one be killed. */
  runId?: string;
}

/** How a program ended. */
export interface Ending {
  /** Null if it was killed, or never ran. */
  code: number | null;
  /** What killed it. */
  signal: NodeJS.Signals | null;
  /** Why it could not be started. */
  error?: Error;
  /** In a line: what it last complained of, else how it ended; both where it was killed. */
  words: string;
}

/** A program that was started. */
export interface Child {
  readonly process: ChildProcess;
  readonly hasEnded: boolean;
  /** Settles when it and all that it started with its outputs are gone; never fails. */
  readonly ended: Promise<Ending>;
  /** The same if nobody here had it end; never settles if somebody had. */
  readonly lost: Promise<Ending>;
  /** Asks it to end in a way that it understands. */
  ask(name: NodeJS.Signals): void;
  /** Ends it and those it started at once. */
  kill(): void;
  /** The same of one that no longer does its work: it counts as lost, and its ending's words are the reason. */
  giveUp(why: string): void;
  /** Closes its input and gives it time to end by itself (ms, none by default); resolves when it is gone. */
  stop(patienceMs?: number): Promise<Ending>;
}

/** Characters of a program's complaints that are kept. */
const LAST_WORDS = 2000;

/** Where there are process groups, each child has its own: Ctrl-C reaches the bench alone, which stops its children in order. */
const hasGroups = process.platform !== 'win32';

/** Starts a program. @throws the signal's reason if it is aborted already */
export function startChild(file: string, args: string[], options: ChildOptions = {}): Child {
  const { cwd, env, runAs, input = 'ignore', output = 'ignore', signal, runId } = options;
  signal?.throwIfAborted();
  const child = spawn(file, args, {
    cwd,
    env,
    stdio: [input, output, typeof output === 'number' ? output : 'pipe'],
    detached: hasGroups,
    ...(runAs ? { uid: runAs.uid, gid: runAs.gid } : {}),
  });
  let complaints = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-LAST_WORDS);
  });
  // It may end before it has read all; its ending tells more.
  child.stdin?.on('error', () => {});

  let hasEnded = false;
  /** Whether somebody here had it end. */
  let isDismissed = false;
  let givenUp: string | undefined;
  const signalAll = (name: NodeJS.Signals) => {
    if (hasEnded || child.pid === undefined) return;
    try {
      if (hasGroups) process.kill(-child.pid, name);
      else child.kill(name);
    } catch {
      // They have just ended.
    }
  };
  const kill = () => {
    isDismissed = true;
    signalAll('SIGKILL');
  };
  // A server stops at once then, and gives back its shared memory; whoever doesn't heed it is left to the next bench.
  const quit = atExit(() => signalAll('SIGQUIT'));
  signal?.addEventListener('abort', kill);
  const ended = new Promise<Ending>((resolve) => {
    let unheard: NodeJS.Timeout | undefined;
    const end = (ending: Ending) => {
      clearTimeout(unheard);
      hasEnded = true;
      quit[Symbol.dispose]();
      signal?.removeEventListener('abort', kill);
      resolve(ending);
    };
    child.once('error', (error) => end({ code: null, signal: null, error, words: error.message }));
    const endWith = (code: number | null, signal: NodeJS.Signals | null) => {
      const said = lastWords(complaints);
      const words = signal === null && said ? said : endingInWords({ code, signal, said });
      end({ code, signal, words: givenUp ?? words });
    };
    child.once('close', endWith);
    child.once('exit', (code, signal) => {
      // What it started may live on with its stderr: whoever needs it hears of its end all the same.
      if (output !== 'pipe' || signal !== null) unheard = setTimeout(endWith, NOTICE_MS, code, signal);
    });
  });
  const lost = new Promise<Ending>((resolve) => {
    void ended.then((ending) => {
      if (!isDismissed) resolve(ending);
    });
  });
  try {
    if (runId !== undefined && child.pid !== undefined) registerChild(runId, child.pid);
  } catch (error) {
    // On a full disk it can't be noted, and what isn't noted nobody would end.
    kill();
    throw error;
  }
  return {
    process: child,
    get hasEnded() {
      return hasEnded;
    },
    ended,
    lost,
    ask(name) {
      isDismissed = true;
      if (!hasEnded) child.kill(name);
    },
    kill,
    giveUp(why) {
      if (isDismissed) return;
      givenUp = why;
      signalAll('SIGKILL');
    },
    async stop(patienceMs = 0) {
      isDismissed = true;
      child.stdin?.end();
      const timer = patienceMs > 0 ? setTimeout(kill, patienceMs) : void kill();
      const ending = await ended;
      clearTimeout(timer);
      return ending;
    },
  };
}

/** @param how.said its last words, where it left any */
export function endingInWords(how: Pick<Ending, 'code' | 'signal'> & { said: string }): string {
  const { code, signal, said } = how;
  const also = signal === 'SIGKILL' ? ', as Linux does where memory runs out' : '';
  const ended = signal === null ? `it ended with exit code ${code}` : `it was killed by ${signal}${also}`;
  return `${ended}${said && ` (the last it said: "${said}")`}`;
}

/** The line of a program's complaints that says most: the last, but where Node has put a stack and its version behind an error. */
function lastWords(complaints: string): string {
  const lines = complaints.trim().split('\n');
  const line = lines.findLast((each) => /^(\w*Error\b|FATAL)/.test(each)) ?? lines.at(-1)!;
  return line.trim().replace(/[.:]$/, '');
}

/** From what the end of a process brings about, such as a broken connection, until that end is known. */
export const NOTICE_MS = 500;

/** What is said when a process without which nothing can be measured has ended by itself. */
export function processLost(who: string, how: string): BenchError {
  return new BenchError(
    'PROCESS_LOST',
    `${who} ended unexpectedly, and nothing was kept: ${how}. See what ended it, and try again.`,
    { exitCode: 4 },
  );
}
