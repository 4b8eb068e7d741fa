import { RouterError } from '../errors.js';
import type { ConnectOptions, PinnedClient } from '../types.js';
import type { Pinned } from './pinned.js';

/**
 * Runs `fn` in a transaction on a connection, and gives that back.
 * @throws RouterError `ROLLED_BACK` if the server did that instead of committing
 */
export async function runTransaction<T>(
  client: Pinned,
  options: ConnectOptions,
  fn: (client: PinnedClient) => Promise<T>,
): Promise<T> {
  let over = false;
  try {
    await client.control(beginOf(options));
    const value = await fn(client);
    const { command } = await client.control('COMMIT');
    over = true;
    if (command === 'COMMIT') return value;
    throw new RouterError('ROLLED_BACK', 'The transaction was rolled back: a statement in it had failed.');
  } catch (error) {
    over ||= await client.control('ROLLBACK').then(
      () => true,
      () => false,
    );
    throw error;
  } finally {
    client.release(!over);
  }
}

function beginOf({ readOnly, isolation }: ConnectOptions): string {
  const level = isolation === undefined ? '' : ` ISOLATION LEVEL ${isolation.toUpperCase()}`;
  return `BEGIN${level}${readOnly ? ' READ ONLY' : ''}`;
}
