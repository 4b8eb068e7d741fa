import { loadParser, normalizeSql } from '../router/sql/index.js';
import { readTrace } from '../workload/index.js';
import type { Work } from './workload.js';

/**
 * The texts that a workload's statements have in a server's counts, by which they are told apart from what else runs in its
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
  return new Set(Array.from(texts, normalizeSql));
}
