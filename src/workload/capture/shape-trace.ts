import type { TraceShape } from '../../record/pure.js';
import { type Catalog, loadParser } from '../../router/sql/index.js';
import type { SqlEvent } from '../trace.js';
import { readTrace, writeTrace } from '../trace-file.js';
import { Analyst } from './analysis.js';

const NOT_READ_ONLY = 'not what a replica could answer, and --read-only was given';

/** A BEGIN that says nothing of what its transaction may do, and asks for nothing that a replica can't give. */
const OPEN_BEGIN =
  /^\s*((?:begin(?:\s+(?:work|transaction))?|start\s+transaction)(?:\s+isolation\s+level\s+(?:read\s+(?:un)?committed|repeatable\s+read))?)[\s;]*$/i;

/**
 * Writes a captured trace to another file as it is to be played: the same events in the same order, with pauses cut, BEGINs
 * that say READ ONLY, and what is to be skipped marked as that. The same trace, shape and catalog give the same bytes.
 * @param played.endUs events that are due later, once pauses are cut, are left out
 * @param played.catalog of the database that it is to be played on: tells which functions and views write
 */
export async function shapeTrace(
  from: string,
  to: string,
  { shape, endUs, catalog }: { shape: TraceShape; endUs: number; catalog?: Catalog },
): Promise<void> {
  await loadParser();
  const analyst = new Analyst(catalog);
  const isSkipped = ({ sql }: SqlEvent) => {
    if (!shape.readOnly) return false;
    const { replicaSafe, steers } = analyst.analyse(sql.text);
    return !replicaSafe && !steers;
  };
  const readOnly = shape.inferReadOnly ? await findReadOnly(from, analyst, isSkipped) : null;
  const { header, events } = await readTrace(from);
  const pauses = new Pauses(shape.skipIdleS);
  async function* shaped() {
    let place = 0;
    for await (const event of events as AsyncGenerator<SqlEvent>) {
      const dueUs = pauses.cut(event.dueUs);
      if (dueUs >= endUs) return;
      const { sql } = event;
      yield {
        ...event,
        dueUs,
        sql: readOnly?.has(place++) ? { ...sql, text: sql.text.replace(OPEN_BEGIN, '$1 READ ONLY') } : sql,
        skip: isSkipped(event) ? NOT_READ_ONLY : undefined,
      };
    }
  }
  await writeTrace(to, { ...header, meta: { ...header.meta, cutAtUs: endUs } }, shaped());
}

/** When the last event of a trace is due once its pauses are cut, in µs. */
export async function durationWithoutPauses(traceFile: string, skipIdleS: number): Promise<number> {
  const pauses = new Pauses(skipIdleS);
  let lastUs = 0;
  for await (const { dueUs } of (await readTrace(traceFile)).events) lastUs = pauses.cut(dueUs);
  return lastUs;
}

/** Cuts each pause of a trace, in which no session has an event, to a length. */
class Pauses {
  #lastUs = 0;
  #cutUs = 0;

  constructor(private readonly mostS = Number.POSITIVE_INFINITY) {}

  /** When an event is due, given when it was. Call it for all events, in order. */
  cut(dueUs: number): number {
    this.#cutUs += Math.max(0, dueUs - this.#lastUs - Math.round(this.mostS * 1e6));
    this.#lastUs = dueUs;
    return dueUs - this.#cutUs;
  }
}

/** Places of the BEGINs whose transactions do nothing but read. One that the trace doesn't see end is none. */
async function findReadOnly(
  traceFile: string,
  analyst: Analyst,
  isSkipped: (event: SqlEvent) => boolean,
): Promise<Set<number>> {
  const found = new Set<number>();
  /** By session: where its transaction begins that has only read so far. */
  const reading = new Map<number, number>();
  let place = 0;
  for await (const event of (await readTrace(traceFile)).events as AsyncGenerator<SqlEvent>) {
    const { session, sql } = event;
    const { transaction, replicaSafe } = analyst.analyse(sql.text);
    const begin = reading.get(session);
    if (transaction === 'none') {
      if (!replicaSafe && !isSkipped(event)) reading.delete(session);
    } else {
      if (transaction === 'end' && begin !== undefined) found.add(begin);
      reading.delete(session);
      if (transaction === 'begin' && OPEN_BEGIN.test(sql.text)) reading.set(session, place);
    }
    place++;
  }
  return found;
}
