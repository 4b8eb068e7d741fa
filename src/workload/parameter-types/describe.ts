import type { Client, DatabaseError, Submittable } from 'pg';

/** What a server says of a statement that it parses and binds, and doesn't run. */
export interface Description {
  /** The OIDs of its parameters, given or inferred; null if it could not be parsed. */
  types: number[] | null;
  /** Why it could not be parsed, or else why the values could not be bound. */
  error: DatabaseError | null;
}

/** Messages of the extended protocol, which `pg` keeps to itself. */
interface Wire {
  parse(message: { text: string; types: readonly number[] }): void;
  describe(message: { type: 'S' }): void;
  bind(message: { values: readonly (string | null)[] }): void;
  sync(): void;
  on(name: 'parameterDescription', listener: (message: { dataTypeIDs: number[] }) => void): void;
  off(name: 'parameterDescription', listener: (message: { dataTypeIDs: number[] }) => void): void;
}

/**
 * Asks a server which types a statement's parameters have. Nothing is run, but the planner may call what is not volatile.
 * @param given OIDs of the parameters' types; 0 where the server is to infer one
 * @param values tried for whether they are of these types, if given
 * @throws Error if the connection is lost
 */
export function describe(
  client: Client,
  text: string,
  given: readonly number[],
  values?: readonly (string | null)[],
): Promise<Description> {
  return new Promise((resolve, reject) => {
    let types: number[] | null = null;
    let wire: Wire;
    const note = (message: { dataTypeIDs: number[] }) => {
      types = message.dataTypeIDs;
    };
    const answer = (error: DatabaseError | null) => {
      wire.off('parameterDescription', note);
      // `pg` ends its time limit here, which would keep the process from ending.
      question.callback?.();
      resolve({ types, error });
    };
    const question: Submittable & Record<string, unknown> & { callback?: () => void } = {
      submit(connection) {
        wire = connection as unknown as Wire;
        wire.on('parameterDescription', note);
        wire.parse({ text, types: given });
        wire.describe({ type: 'S' });
        if (values) wire.bind({ values });
        wire.sync();
      },
      handleRowDescription() {},
      handleReadyForQuery: () => answer(null),
      // Of an error that isn't the server's there is no state.
      handleError(error: DatabaseError) {
        if (error.severity !== undefined) return answer(error);
        question.callback?.();
        reject(error);
      },
    };
    client.query(question);
  });
}
