import { fingerprintOf, loadParser } from '../router/sql/index.js';
import { readTrace } from '../workload/index.js';
import type { Work } from './workload.js';

/**
 * The fingerprints of a workload's statements, by which a server's counts of them are told apart from what else runs in its
 * database.
 */
export async function ownStatements({ operations, capture }: Work): Promise<ReadonlySet<string>> {
  await loadParser();
  const texts = new Set(operations?.values());
  if (capture) {
    for await (const event of (await readTrace(capture.file)).events) {
      if ('sql' in event) texts.add(event.sql.text);
    }
  }
  return new Set(Array.from(texts).flatMap((text) => fingerprintOf(text) ?? []));
}
