import type { LogFile } from './log-files.js';
import { SessionIds } from './session-ids.js';
import { SET_BACK_US } from './timeline.js';

/** That a file begins before another one has ended. */
export interface Overlap {
  path: string;
  other: string;
  seconds: number;
}

/** What one server wrote, file by file. */
export interface Source {
  /** What tells its sessions from those of the other sources, for servers give the same process ids. */
  named(session: string): string;
  wants: ((session: string) => boolean) | undefined;
  sessions: SessionIds;
  /** The file read last, and the time at its end, in µs. */
  path: string;
  endUs: number;
}

/**
 * Tells whose log each file is. A server writes one file after the other: files that overlap in time are of several
 * servers, or of one that appends to its old files, and a process id in both is that of two sessions.
 */
export class Sources {
  /** The first file that begins before those of all other sources have ended, and by how much at least. */
  overlap: Overlap | undefined;
  readonly #sources: Source[] = [];

  /** @param isOwn whether a session is wanted, by its name among all sources; undefined: each is */
  constructor(private readonly isOwn?: (session: string) => boolean) {}

  /** The source of a file that is read next. Of several that had ended by then, it is the one whose files are called most alike. */
  of({ path, firstUs }: LogFile): Source {
    const ended = this.#sources.filter(({ endUs }) => firstUs >= endUs - SET_BACK_US);
    const [first] = this.#sources.toSorted((a, b) => a.endUs - b.endUs);
    if (first && ended.length === 0) {
      this.overlap ??= { path, other: first.path, seconds: (first.endUs - firstUs) / 1e6 };
    }
    const [best = this.#add(path)] = ended.sort(
      (a, b) => alike(b.path, path) - alike(a.path, path) || b.endUs - a.endUs,
    );
    best.path = path;
    return best;
  }

  #add(path: string): Source {
    const number = this.#sources.length;
    const named = number === 0 ? (session: string) => session : (session: string) => nameIn(number, session);
    const { isOwn } = this;
    const wants = isOwn && ((session: string) => isOwn(named(session)));
    const source = { named, wants, sessions: new SessionIds(wants), path, endUs: Number.NEGATIVE_INFINITY };
    this.#sources.push(source);
    return source;
  }
}

/** The process in a session's name is what the source is added to: of `695b8ca0.11a4` and of `4711/17`. */
function nameIn(source: number, session: string): string {
  const slash = session.lastIndexOf('/');
  return slash === -1
    ? `${session}~${source}`
    : `${session.slice(0, slash)}~${source}${session.slice(slash)}`;
}

/** How many characters two names begin with alike. */
function alike(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}
