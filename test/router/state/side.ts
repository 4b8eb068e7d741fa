import type { Answer } from './answer.js';
import type { Statement } from './statements.js';

/** How a user gets a client: from `createPool`, or a connection of the router's. */
export type Opening = 'client' | 'connection';

/** One of the two things that the same statements are played on. */
export interface Side {
  open(user: number, how: Opening): Promise<void>;
  /** On the user's client. */
  ask(user: number, statement: Statement): Promise<Answer>;
  /** By `pool.query`: on any connection, of which nothing may remain. */
  askAlone(user: number, statement: Statement): Promise<Answer>;
  /** @param destroy with `release(true)` */
  release(user: number, destroy: boolean): Promise<void>;
  /**
   * What is found in connections that are free now and would not be in a new one; '' if nothing is.
   * @param held how many clients are open
   * @param emptied whether custom settings may be ''
   */
  leftBehind(held: number, emptied: boolean): Promise<string>;
  end(): Promise<void>;
}
