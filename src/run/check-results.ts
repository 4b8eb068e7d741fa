import { createHmac } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Client } from 'pg';
import { type Node, withClient } from '../cluster/index.js';
import type { AnswersJob } from '../load/index.js';
import { openRunDir } from '../machine/index.js';
import { wordsOf } from '../machine/pure.js';
import {
  ANSWERS_SCHEMA,
  type Answers,
  type EventEnd,
  type ReadAnswer,
  type ReadStatement,
} from '../record/pure.js';
import { loadCatalog, loadParser, normalizeSql } from '../router/sql/index.js';
import { readTrace, type TraceEvent } from '../workload/index.js';
import { type Footprint, footprintOf } from './footprint.js';
import { REQUEST_TIMEOUT_MS } from './stage.js';
import type { Work } from './workload.js';

/** Watches what the reads of one run are answered, so that two runs can be compared read by read. */
export interface ResultsCheck extends Disposable {
  job: AnswersJob;
  /** After the last answer: what reads were answered. */
  finish(): Promise<Answers>;
}

/**
 * Begins to watch.
 * @param run.operations the statement of each operation that the trace's requests name
 * @param run.primary whose catalog and counters tell which statements read nothing that is written
 */
export async function checkResults(run: {
  id: string;
  traceFile: string;
  traceSha256: string;
  operations?: Work['operations'];
  primary: Node;
}): Promise<ResultsCheck> {
  const { traceFile, traceSha256, operations } = run;
  const key = await keyOf(traceFile);
  await loadParser();
  const { catalog, before } = await withClient(run.primary.monitor, async (client) => ({
    catalog: await loadCatalog(client),
    before: await rowsWritten(client),
  }));
  /** Each once whatever its values, in the order of the answers' header, and what it touches. */
  const statements = new Map<string, { index: number; footprint: Footprint }>();
  const indexOf = (event: TraceEvent): number => {
    const name = 'http' in event ? event.operation : normalizeSql(event.sql.text);
    const known = statements.get(name);
    if (known) return known.index;
    const sql = 'http' in event ? operations?.get(name) : event.sql.text;
    const index = statements.size;
    statements.set(name, { index, footprint: footprintOf(sql ?? '', catalog) });
    return index;
  };
  const scratch = openRunDir(`${run.id}-answers`);
  const job = { file: join(scratch.path, 'answers.ndjson'), key };
  return {
    job,
    async finish() {
      const log = await readLog(job.file);
      const reads: ReadAnswer[] = [];
      let total = 0;
      let number = 0;
      for await (const event of (await readTrace(traceFile)).events) {
        const statement = indexOf(event);
        const line = log.get(number++);
        if (event.category === 'write') continue;
        total++;
        if (line) reads.push({ ...line, statement, question: questionOf(event, key) });
      }
      // What the trace wrote is known by its statements, and by the server.
      const now = await withClient(run.primary.monitor, rowsWritten, { queryTimeoutMs: REQUEST_TIMEOUT_MS });
      const written = tablesWritten(before, now);
      for (const { footprint } of statements.values()) {
        for (const table of footprint.writes) written.add(table);
      }
      const judged = Array.from(statements, ([name, { footprint }]) => ({
        name,
        ...judge(footprint, written),
      }));
      return {
        header: { schema: ANSWERS_SCHEMA, traceSha256, reads: total, statements: judged },
        reads,
      };
    },
    [Symbol.dispose]: () => scratch.remove(),
  };
}

/** What reads were answered, for a run that was measured and isn't lost for it: where that can't be told, why not. */
export async function finishOrWarn(
  check: Pick<ResultsCheck, 'finish'>,
): Promise<{ answers: Answers | null; warnings: string[] }> {
  try {
    return { answers: await check.finish(), warnings: [] };
  } catch (error) {
    const why = wordsOf(error);
    return {
      answers: null,
      warnings: [
        `The answers of reads could not be recorded, so no other run can be compared with its answers: ${why}.`,
      ],
    };
  }
}

/**
 * The key of a trace's hashes, made of its every byte. Two runs of it share the key; who has the reports only can't make
 * it, and so can't guess at a small value behind a hash.
 */
async function keyOf(traceFile: string): Promise<string> {
  const hmac = createHmac('sha256', ANSWERS_SCHEMA);
  for await (const chunk of createReadStream(traceFile)) hmac.update(chunk as Buffer);
  return hmac.digest('hex');
}

function questionOf(event: TraceEvent, key: string): string {
  const asked = 'http' in event ? event.http.path : JSON.stringify([event.sql.text, event.sql.values]);
  return createHmac('sha256', key).update(asked).digest('base64url').slice(0, 12);
}

async function readLog(file: string): Promise<Map<number, EventEnd>> {
  const log = new Map<number, EventEnd>();
  for await (const text of createInterface({ input: createReadStream(file) })) {
    const line = JSON.parse(text) as EventEnd;
    log.set(line.event, line);
  }
  return log;
}

/** What a statement's answers tell, once it is known what was written. */
function judge({ reads, volatile, unsure }: Footprint, written: Set<string>): Omit<ReadStatement, 'name'> {
  if (volatile !== undefined) return { evidence: 'none', because: volatile };
  const changing = [...reads].filter((table) => written.has(table));
  if (changing.length > 0) return { evidence: 'possible', because: `written to: ${changing.join(', ')}` };
  return unsure === undefined
    ? { evidence: 'certain', because: '' }
    : { evidence: 'possible', because: unsure };
}

type RowsWritten = Map<string, { parents: string[]; rows: number }>;

/** Rows written so far by table, as the server counts them: by triggers, cascades and functions too. */
async function rowsWritten(client: Client): Promise<RowsWritten> {
  const { rows } = await client.query<{ id: string; parents: string[]; rows: string }>(
    `SELECT t.relname AS id, t.n_tup_ins + t.n_tup_upd + t.n_tup_del AS rows,
       array(SELECT p.relname::text FROM pg_catalog.pg_inherits i
         JOIN pg_catalog.pg_class p ON p.oid = i.inhparent WHERE i.inhrelid = t.relid) AS parents
     FROM pg_catalog.pg_stat_user_tables t`,
  );
  const found: RowsWritten = new Map();
  for (const { id, parents, rows: count } of rows) {
    const same = found.get(id) ?? { parents: [], rows: 0 };
    found.set(id, { parents: [...same.parents, ...parents], rows: same.rows + Number(count) });
  }
  return found;
}

/** What was written to since, and the partitioned tables and ancestors that show those rows too. */
function tablesWritten(before: RowsWritten, now: RowsWritten): Set<string> {
  const written = new Set<string>();
  const add = (table: string): void => {
    if (written.has(table)) return;
    written.add(table);
    for (const parent of now.get(table)?.parents ?? []) add(parent);
  };
  for (const [table, { rows }] of now) if (rows !== (before.get(table)?.rows ?? 0)) add(table);
  return written;
}
