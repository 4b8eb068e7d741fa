import { flat } from './flat-text.js';
import type { PrefixFields } from './line-prefix.js';
import { NumberList } from './number-list.js';
import { hashOf, TextTable } from './text-table.js';

interface Names {
  user: string;
  database: string;
}

/** Whose records of one process are. */
export interface Client extends Names {
  /** Tells its session from any other; '' where nothing does. */
  session: string;
}

/** How a name begins that stands for all sessions of a user and database, for nothing tells them apart. */
export const OF_MANY = '@';

const RECEIVED = /^connection received: /;
const AUTHORIZED =
  /^connection authorized: user=(.*?) database=(.*?)(?: (?:application_name=|SSL |GSS |identity=).*)?$/;
const CLOSED = /^disconnection: /;

/**
 * Tells sessions, and whose they are, where the lines don't say all of it: by the process that wrote them, which has
 * another session later on, and by what is logged when a session begins and ends.
 */
export class SessionIds {
  /** The number of a process that has written such lines, from 1. */
  readonly #processes = new TextTable();
  /**
   * By it: how many sessions it has had, or a hash of the session's own name; and the place of whose that is among all
   * names, 0 where it has ended.
   */
  readonly #marks = new NumberList();
  readonly #namesOf = new NumberList();
  readonly #names: (Names | undefined)[] = [undefined];
  readonly #placeOfNames = new Map<string, number>();

  /** @param isWanted whether more than its session's name is wanted of a line, by that name; undefined: of all */
  constructor(private readonly isWanted?: (session: string) => boolean) {}

  /** @param writer the process that wrote the line, where that is known without its prefix */
  clientOf(fields: PrefixFields, message: string, writer: string): Client {
    const process = fields.c ?? join(fields.p, fields.s) ?? remotePort(fields.r) ?? writer;
    const user = known(fields.u);
    const database = known(fields.d);
    if (process === '') return { session: '', user, database };
    // Such a line says all: nothing need be remembered.
    if (fields.c !== undefined && user !== '' && database !== '')
      return { session: fields.c, user, database };
    const name = fields.c ?? `${process}/`;
    if (this.isWanted?.(name) === false) return { session: name, user, database };

    const number = this.#numberOf(processOf(name));
    let mark = this.#marks.at(number);
    let names = this.#names[this.#namesOf.at(number)];
    const isAnother =
      fields.c === undefined
        ? RECEIVED.test(message) || differs(names?.user, user) || differs(names?.database, database)
        : mark !== hashOf(fields.c);
    if (!names || isAnother) {
      mark = fields.c === undefined ? mark + 1 : hashOf(fields.c);
      names = { user, database };
    }
    const [, newUser = user, newDatabase = database] = AUTHORIZED.exec(message) ?? [];
    names = { user: names.user || newUser, database: names.database || newDatabase };
    this.#namesOf.set(number, CLOSED.test(message) ? 0 : this.#placeOf(names));
    this.#marks.set(number, mark);
    return { session: fields.c ?? `${name}${mark}`, ...names };
  }

  #numberOf(process: string): number {
    const known = this.#processes.get(process);
    if (known > 0) return known - 1;
    this.#marks.push(0);
    this.#namesOf.push(0);
    this.#processes.set(process, this.#marks.length);
    return this.#marks.length - 1;
  }

  #placeOf({ user, database }: Names): number {
    const key = `${user}\0${database}`;
    const known = this.#placeOfNames.get(key);
    if (known !== undefined) return known;
    this.#placeOfNames.set(key, this.#names.length);
    return this.#names.push({ user: flat(user), database: flat(database) }) - 1;
  }
}

/**
 * What a session's name says of its process, which has one session at a time: of `695b8ca0.11a4` and of `4711/17` that is
 * `11a4` and `4711`.
 */
export function processOf(session: string): string {
  if (session.startsWith(OF_MANY)) return session;
  const slash = session.lastIndexOf('/');
  return slash === -1 ? session.slice(session.lastIndexOf('.') + 1) : session.slice(0, slash);
}

function join(process: string | undefined, start: string | undefined): string | undefined {
  return process && start ? `${process} ${start}` : process;
}

/** `10.0.0.7(50412)` is one session's at a time, `[local]` is not. */
function remotePort(remote: string | undefined): string | undefined {
  return remote?.endsWith(')') ? remote : undefined;
}

/** A session has no name yet when it begins. */
function known(name: string | undefined): string {
  return name === undefined || name === '[unknown]' ? '' : name;
}

function differs(before = '', now: string): boolean {
  return before !== '' && now !== '' && before !== now;
}
