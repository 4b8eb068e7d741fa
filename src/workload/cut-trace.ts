import type { TraceEvent } from './trace.js';
import { readTrace, writeTrace } from './trace-file.js';

/** Writes the events of a trace that are due before `endUs` to another file. */
export async function cutTrace(from: string, to: string, endUs: number): Promise<void> {
  const { header, events } = await readTrace(from);
  async function* before(): AsyncGenerator<TraceEvent> {
    for await (const event of events) {
      if (event.dueUs >= endUs) return;
      yield event;
    }
  }
  await writeTrace(to, { ...header, meta: { ...header.meta, cutAtUs: endUs } }, before());
}
