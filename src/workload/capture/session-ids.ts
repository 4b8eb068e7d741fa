import { flat } from './flat-text.js';
import type { PrefixFields } from './line-prefix.js';
import { NumberList } from './number-list.js';

interface Names {
  user: string;
  database: string;
}

/** Whose records of one process are. */
export interface Client extends Names {
  /** Tells its session from any other; '' where nothing does. */
  session: string;
}

const RECEIVED = /^connection received: /;
const AUTHORIZED =
  /^connection authorized: user=(.*?) database=(.*?)(?: (?:application_name=|SSL |GSS |identity=).*)?$/;
const CLOSED = /^disconnection: /;

/**
 * Tells sessions, and whose they are, where the lines don't say all of it: by the process that wrote them, which has
 * another session later on, and by what is logged when a session begins and ends.
 */
export class SessionIds {
  /** The number of the session that a process has. */
  readonly #byProcess = new Map<string, number>();
  /** Users and databases, and for each session the place of its own among them. */
  readonly #names: Names[] = [];
  readonly #placeOfNames = new Map<string, number>();
  readonly #namesOf = new NumberList();

  /** @param writer the process that wrote the line, where that is known without its prefix */
  clientOf(fields: PrefixFields, message: string, writer: string): Client {
    const process = fields.c ?? join(fields.p, fields.s) ?? remotePort(fields.r) ?? writer;
    const user = known(fields.u);
    const database = known(fields.d);
    if (process === '') return { session: '', user, database };
    // Such a line says all: nothing need be remembered.
    if (fields.c !== undefined && user !== '' && database !== '') {
      this.#byProcess.delete(fields.c);
      return { session: fields.c, user, database };
    }
    let number = this.#byProcess.get(process);
    let names = number === undefined ? undefined : this.#names[this.#namesOf.at(number)]!;
    const isAnother = names && (differs(names.user, user) || differs(names.database, database));
    if (number === undefined || !names || isAnother || RECEIVED.test(message)) {
      number = this.#namesOf.length;
      this.#namesOf.push(0);
      this.#byProcess.set(flat(process), number);
      names = { user, database };
    }
    const [, newUser = user, newDatabase = database] = AUTHORIZED.exec(message) ?? [];
    names = { user: names.user || newUser, database: names.database || newDatabase };
    this.#namesOf.set(number, this.#placeOf(names));
    if (CLOSED.test(message)) this.#byProcess.delete(process);
    return { session: fields.c ?? `${process}/${number + 1}`, ...names };
  }

  #placeOf({ user, database }: Names): number {
    const key = `${user}\0${database}`;
    const known = this.#placeOfNames.get(key);
    if (known !== undefined) return known;
    this.#placeOfNames.set(key, this.#names.length);
    return this.#names.push({ user: flat(user), database: flat(database) }) - 1;
  }
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

function differs(before: string, now: string): boolean {
  return before !== '' && now !== '' && before !== now;
}
