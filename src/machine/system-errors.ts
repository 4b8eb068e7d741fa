import { userInfo } from 'node:os';
import type { ErrorCode } from './error-codes.js';
import { BenchError, messageOf } from './errors.js';
import { fullDisk, isFullDisk, isInCache } from './space.js';

/** What the operating system refused. */
interface Refusal {
  /** The file, folder or program, cut to what a terminal can show; else the system's own words. */
  what: string;
  /** How to have it elsewhere. */
  elsewhere: string;
  /** Whether a program was to be started. */
  starting: boolean;
}

interface Explanation {
  code: ErrorCode;
  /** 2 where the user's choice of a place has to change (the default), 4 where the machine could give no more. */
  exitCode?: 4;
  words(refusal: Refusal): string;
}

const noAccess: Explanation = {
  code: 'NO_ACCESS',
  words: ({ what, elsewhere, starting }) =>
    starting
      ? `The program ${what} may not be run: its file system is mounted noexec, or it or a folder above it is closed to its user: ${elsewhere}.`
      : `${what} may not be used by ${user()}: give that user access, or ${elsewhere}.`,
};

const badDisk: Explanation = {
  code: 'DISK_FAILS',
  exitCode: 4,
  words: ({ what, elsewhere }) =>
    `The disk that holds ${what} could not be read or written: see what the system says of it (dmesg), and ${elsewhere}.`,
};

/** By the system's code; a full disk is explained elsewhere, with its free space. */
const EXPLANATIONS = new Map<string, Explanation>(
  Object.entries({
    EACCES: noAccess,
    EPERM: noAccess,
    EROFS: {
      code: 'READ_ONLY',
      words: ({ what, elsewhere }) =>
        `${what} lies on a file system that is mounted read-only: ${elsewhere}.`,
    },
    ENOENT: {
      code: 'GONE',
      exitCode: 4,
      words: ({ what, elsewhere, starting }) =>
        starting
          ? `The program ${what} can't be started: it is not there, or something that it needs isn't.`
          : `${what} is not there, or no longer, or has no folder to be made in: ${elsewhere}.`,
    },
    ENOTDIR: {
      code: 'NOT_A_FOLDER',
      words: ({ what, elsewhere }) =>
        `${what} can't be used, for a part of its path is a file: ${elsewhere}.`,
    },
    EISDIR: {
      code: 'IS_A_FOLDER',
      words: ({ what }) => `${what} is a folder, but a file is expected: name a file.`,
    },
    ELOOP: {
      code: 'LINK_CIRCLE',
      words: ({ what }) => `${what} leads through symbolic links in a circle: name the place itself.`,
    },
    ENAMETOOLONG: {
      code: 'NAME_TOO_LONG',
      words: ({ what }) => `The name ${what} is longer than its file system takes: choose a shorter one.`,
    },
    EFBIG: {
      code: 'FILE_TOO_BIG',
      words: ({ what, elsewhere }) =>
        `${what} grew larger than its file system or "ulimit -f" allows: raise the limit, or ${elsewhere}.`,
    },
    EIO: badDisk,
    ESTALE: badDisk,
    ENODEV: badDisk,
    EMFILE: {
      code: 'TOO_MANY_FILES',
      exitCode: 4,
      words: () =>
        'The bench may not open any more files: raise the limit in this shell with "ulimit -n 4096", and start again.',
    },
    ENFILE: {
      code: 'TOO_MANY_FILES',
      exitCode: 4,
      words: () =>
        'This machine can’t open any more files: close other programs, or raise its limit (on Linux: sysctl fs.file-max).',
    },
    EAGAIN: {
      code: 'TOO_MANY_PROCESSES',
      exitCode: 4,
      words: ({ what }) =>
        `The system gave no resources for ${what}: end other programs, or raise the limit of processes with "ulimit -u".`,
    },
    ENOMEM: {
      code: 'OUT_OF_MEMORY',
      exitCode: 4,
      words: () => 'The machine is out of memory: close other programs, or take a smaller --scale.',
    },
  } satisfies Record<string, Explanation>),
);

/** The sentence for what the operating system refused: what, where, and what to do. Null for an error that isn't its. */
export function explainSystemError(error: unknown): BenchError | null {
  const { code = '', path, syscall = '' } = (error ?? {}) as NodeJS.ErrnoException;
  if (isFullDisk(code)) return fullDisk(error);
  const explanation = EXPLANATIONS.get(code);
  if (!explanation) return null;
  const refusal = {
    what: path === undefined ? `What was asked of the system (${messageOf(error)})` : shortened(path),
    elsewhere: elsewhere(path),
    starting: syscall.startsWith('spawn'),
  };
  const { exitCode } = explanation;
  return new BenchError(explanation.code, explanation.words(refusal), { exitCode, cause: error });
}

function elsewhere(path: string | undefined): string {
  if (path !== undefined && isInCache(path)) return 'set BENCH_CACHE to another folder';
  return 'name another place (results: --out, data and servers: BENCH_CACHE, temporary files: TMPDIR)';
}

/** Longer than any path that somebody types. */
const SHOWN = 200;

function shortened(path: string): string {
  return path.length <= SHOWN ? path : `${path.slice(0, SHOWN)}…`;
}

function user(): string {
  try {
    return `the user ${userInfo().username}`;
  } catch {
    return 'this user';
  }
}
