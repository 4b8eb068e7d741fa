import { flat } from './flat-text.js';
import type { PrefixFields } from './line-prefix.js';

/** Whose records of one process are. */
export interface Client {
  /** Tells its session from any other; '' where nothing does. */
  session: string;
  user: string;
  database: string;
}

const RECEIVED = /^connection received: /;
const AUTHORIZED =
  /^connection authorized: user=(.*?) database=(.*?)(?: (?:application_name=|SSL |GSS |identity=).*)?$/;
/** How many names of users and databases are remembered to be the same. */
const MOST_NAMES = 1000;
const CLOSED = /^disconnection: /;

/**
 * Tells sessions, and whose they are, where the lines don't say all of it: by the process that wrote them, which has
 * another session later on, and by what is logged when a session begins and ends.
 */
export class SessionIds {
  readonly #byProcess = new Map<string, Client>();
  readonly #names = new Map<string, string>();
  #sessions = 0;

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
    let client = this.#byProcess.get(process);
    const isAnother = client && (differs(client.user, user) || differs(client.database, database));
    if (!client || isAnother || RECEIVED.test(message)) {
      const session = fields.c ?? `${process}/${++this.#sessions}`;
      client = { session: flat(session), user: this.#name(user), database: this.#name(database) };
      this.#byProcess.set(flat(process), client);
    }
    const [, newUser = user, newDatabase = database] = AUTHORIZED.exec(message) ?? [];
    client.user ||= this.#name(newUser);
    client.database ||= this.#name(newDatabase);
    if (CLOSED.test(message)) this.#byProcess.delete(process);
    return client;
  }

  /** The same name, once in memory. */
  #name(name: string): string {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    if (this.#names.size === MOST_NAMES) this.#names.clear();
    const own = flat(name);
    this.#names.set(own, own);
    return own;
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
