import { BenchError } from '../machine/pure.js';
import {
  assumeReadOnlyCatalog,
  beginsOnReplica,
  classify,
  hintOf,
  loadParser,
  shapeOf,
} from '../router/sql/index.js';
import { readTrace } from '../workload/index.js';
import type { CountedStatement } from './inspection.js';
import { knownStatement } from './statement.js';

/** A captured trace, counted. */
export interface TraceSource {
  kind: 'trace';
  file: string;
  sessions: number;
  /** From its beginning to its last statement. */
  durationS: number;
}

/** What a session has begun and not ended. */
type Transaction = 'read-only' | 'may-write';

/**
 * Counts the statements of a captured trace. A trace says nothing of the database's own functions, which are taken to write
 * nothing.
 * @throws BenchError TRACE_KIND where it holds HTTP requests, or as readTrace
 */
export async function statementsOfTrace(
  file: string,
  signal?: AbortSignal,
): Promise<{ source: TraceSource; counted: CountedStatement[] }> {
  await loadParser();
  const { header, events } = await readTrace(file);
  if (header.kind !== 'sql') {
    throw new BenchError(
      'TRACE_KIND',
      `${file} holds HTTP requests, and which statements they make shows only when they are run: inspect the primary that answers them, by its URL.`,
    );
  }
  /** Null: no work of the application's. */
  const counted = new Map<string, ReturnType<typeof first>>();
  const open = new Map<number, Transaction>();
  const sessions = new Set<number>();
  let lastUs = 0;
  for await (const event of events) {
    signal?.throwIfAborted();
    if (!('sql' in event) || event.skip !== undefined) continue;
    const { session, sql, dueUs } = event;
    sessions.add(session);
    lastUs = dueUs;
    const { transaction } = classify(sql.text, assumeReadOnlyCatalog).effect;
    const within = open.get(session);
    if (transaction?.kind === 'begin')
      open.set(session, beginsOnReplica(transaction) ? 'read-only' : 'may-write');
    else if ((transaction?.kind === 'commit' || transaction?.kind === 'rollback') && !transaction.chain)
      open.delete(session);
    const key = `${JSON.stringify(hintOf(sql.text))} ${shapeOf(sql.text)}`;
    const seen = counted.get(key);
    const known = seen === undefined ? first(sql.text) : seen;
    if (seen === undefined) counted.set(key, known);
    if (known === null) continue;
    known.calls++;
    if (within === 'may-write') known.inTransaction++;
  }
  return {
    source: { kind: 'trace', file, sessions: sessions.size, durationS: lastUs / 1e6 },
    counted: [...counted.values()].filter((each) => each !== null),
  };
}

function first(sql: string): (CountedStatement & { inTransaction: number }) | null {
  const known = knownStatement(sql, assumeReadOnlyCatalog, 'application');
  return known && { ...known, calls: 0, execMs: null, blocks: null, inTransaction: 0 };
}
