import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { LoadJob, LoadTarget, ReadyDriver } from '../../src/load/driver.js';
import type { Accounting, LoadResult } from '../../src/record/run.js';
import { type HttpEvent, type SqlEvent, TRACE_SCHEMA, type TraceEvent } from '../../src/workload/trace.js';
import { writeTrace } from '../../src/workload/trace-file.js';

export function get(dueMs: number, session: number, path: string, more: Partial<HttpEvent> = {}): HttpEvent {
  return {
    dueUs: Math.round(dueMs * 1000),
    session,
    category: 'read',
    priority: 'low',
    operation: 'get',
    http: { method: 'GET', path },
    ...more,
  };
}

export function sql(dueMs: number, session: number, text: string, values?: (string | null)[]): SqlEvent {
  const category = /^\s*select/i.test(text) ? 'read' : 'write';
  return { dueUs: Math.round(dueMs * 1000), session, category, priority: 'low', sql: { text, values } };
}

/** Writes the events as a trace, plays them, and removes the trace. */
export async function playEvents(
  driver: ReadyDriver,
  target: LoadTarget,
  events: TraceEvent[],
  more: Partial<LoadJob> = {},
): Promise<LoadResult> {
  const dir = await mkdtemp(join(tmpdir(), 'splitbench-load-test-'));
  try {
    const traceFile = join(dir, 'trace.ndjson');
    await writeTrace(
      traceFile,
      {
        schema: TRACE_SCHEMA,
        kind: target.kind,
        workload: 'test',
        tellsFailures: events.some((event) => 'failed' in event),
        meta: {},
      },
      events,
    );
    return await driver.play({
      traceFile,
      target,
      window: { startUs: 0, endUs: 3_600_000_000, blockUs: 1_000_000 },
      speed: 1,
      timeoutMs: 5000,
      signal: new AbortController().signal,
      ...more,
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

export interface Service extends AsyncDisposable {
  target: LoadTarget;
}

/** A service on the loopback interface that answers as told. */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Service> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    target: { kind: 'http', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** For the rest of the test this process tells a time that is hours behind, as after a night of which its clock knows nothing. */
export function behindTheWallClock(): void {
  const value = performance.timeOrigin - 8 * 3_600_000;
  Object.defineProperty(performance, 'timeOrigin', { value, configurable: true });
  onTestFinished(() => void Reflect.deleteProperty(performance, 'timeOrigin'));
}

/** Whether a sum's parts make it up, over all and in each category. */
export function addsUp(accounting: LoadResult['accounting']): boolean {
  const whole = ({ captured, ok, failed, skipped, notSent }: Accounting) =>
    captured === ok + failed + skipped + notSent && notSent >= 0;
  return whole(accounting) && Object.values(accounting.byCategory).every(whole);
}
