import type { PlannedNode } from '../../record/pure.js';
import { type Address, addressOf, nameOf, urlOf } from './address.js';
import { connectionTo } from './connect.js';
import { examine } from './examine.js';
import { MAINTENANCE_DATABASE, makeOwn, removeOwn } from './own-database.js';

/** What was done to a server for the bench, by the database that its URL names. */
export interface ServerPrepared {
  /** `host/database`. */
  name: string;
  /** What --primary takes. */
  url: string;
  /** False where it was the bench's already. */
  made: boolean;
}

/**
 * Makes the database that a URL names, for the bench alone: it may write there, drop it and make it anew.
 * @param template a database whose content it begins with, each time it is made anew
 * @throws BenchError where it can't be made, or is there and not the bench's
 */
export async function prepareServer(
  text: string,
  { template }: { template?: string } = {},
): Promise<ServerPrepared> {
  const address = addressOf(text);
  const connection = await connectionToPrimary(address);
  const made = await makeOwn(address, connection, { template });
  return { name: nameOf(address), url: urlOf(address), made };
}

/**
 * Drops the bench's database and its template.
 * @returns the names of what was dropped
 * @throws BenchError NOT_OURS
 */
export async function clearServer(text: string): Promise<string[]> {
  const address = addressOf(text);
  return removeOwn(address, await connectionToPrimary(address));
}

/** @throws BenchError where it is no primary that the bench can use */
async function connectionToPrimary(address: Address) {
  const connection = await connectionTo(address, MAINTENANCE_DATABASE);
  const node: PlannedNode = { name: 'primary', role: 'primary', cpus: null };
  await examine({ node, address, connection }, MAINTENANCE_DATABASE);
  return connection;
}
