/// <reference types="k6" />
import exec from 'k6/execution';
import http from 'k6/http';
import type { Options } from 'k6/options';
import { clearInterval, setInterval, setTimeout } from 'k6/timers';
import type { HttpEvent } from '../src/load/in-k6.js';
import {
  type EndedEvents,
  EndedLog,
  failureOf,
  JOB_VARIABLE,
  type Outcome,
  Patience,
  type ScenarioJob,
  Sessions,
} from '../src/load/in-k6.js';

/**
 * Replays a SmartMenu trace on its schedule: each request starts when the trace says, however slow the service is.
 * `bench run` bundles and runs it, deals out the events and counts how they end; it can't be run by hand.
 * For a scenario of your own, start from menu-browse.ts.
 */
if (!__ENV[JOB_VARIABLE]) {
  throw new Error(
    'smartmenu.ts replays a trace and is run by "bench run"; to write your own see menu-browse.ts',
  );
}
const job = JSON.parse(__ENV[JOB_VARIABLE]) as ScenarioJob;

export const options: Options = {
  // One long iteration per virtual user: its event loop plays all of the user's sessions. (The arrival-rate
  // executors drop a start when no user is free, keep no session order and don't say how late they were.)
  scenarios: {
    replay: {
      executor: 'per-vu-iterations',
      vus: job.vus,
      iterations: 1,
      maxDuration: '24h',
      gracefulStop: '0s',
    },
  },
  discardResponseBodies: true,
  maxRedirects: 0,
  // Connections kept alive: k6 keeps as many as a batch may use at once.
  batch: 512,
  batchPerHost: 512,
  // No tags: events are counted by the bench, not by k6's metrics.
  systemTags: [],
};

/** So often that what has ended meanwhile is written in a fraction of a ms: nothing is sent during that. */
const TELL_EVERY_MS = 100;

export default async function replay(): Promise<void> {
  const lines = fetchEvents();
  const log = new EndedLog();
  const zeroMs = agreeOnZero();
  // Kept: k6 makes this object anew each time it is asked for it, which would cost a sixth of all it does.
  const { instance } = exec;
  const now = () => instance.currentTestRunDuration - zeroMs;
  const due = (event: HttpEvent) => event.dueUs / 1000 / job.speed;
  const sessions = new Sessions<HttpEvent>(
    now,
    log,
    (event) => ({ category: event.category, operation: event.operation, dueMs: due(event) }),
    request,
  );

  const patience = Patience.forTimeout(job.timeoutMs);
  const patienceTimer = setInterval(() => {
    if (patience.isOver(now(), log.ok, sessions.unfinished)) sessions.stop();
  }, 1000);
  let telling: Promise<void> | undefined;
  const tellTimer = setInterval(() => {
    telling ??= tell(log.take()).finally(() => {
      telling = undefined;
    });
  }, TELL_EVERY_MS);

  for (const line of lines) {
    const event = JSON.parse(line) as HttpEvent;
    for (let waitMs = due(event) - now(); waitMs > 0 && !sessions.stopped; waitMs = due(event) - now()) {
      await sleep(Math.min(waitMs, 1000));
    }
    if (sessions.stopped) break;
    sessions.offer(event);
  }
  await sessions.idle();
  clearInterval(patienceTimer);
  clearInterval(tellTimer);
  await telling;
  post('result', { ended: log.take(), gaveUp: sessions.stopped });
}

/** Each session has a cookie jar of its own: a virtual user's would mix the sessions it plays. */
const jars = new Map<number, http.CookieJar>();

async function request({ session, http: { method, path, body } }: HttpEvent): Promise<Outcome> {
  let jar = jars.get(session);
  if (!jar) {
    jar = new http.CookieJar();
    jars.set(session, jar);
  }
  const payload = body === undefined ? null : JSON.stringify(body);
  const headers: Record<string, string> = payload === null ? {} : { 'content-type': 'application/json' };
  const response = await http.asyncRequest(method, job.target + path, payload, {
    jar,
    headers,
    timeout: job.timeoutMs,
  });
  if (response.status >= 200 && response.status < 300) return { end: 'ok' };
  return { end: 'failed', code: failureOf(response.status, response.error_code) };
}

/** Rounded up: k6 truncates to whole milliseconds somewhere below, and waking too early would mean spinning. */
function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.ceil(ms));
  });
}

/** This user's events, one JSON text each, parsed only when due: parsing them all at once would stall the start. */
function fetchEvents(): string[] {
  const { body } = http.get(`${job.collector}/events/${exec.vu.idInTest}`, { responseType: 'text' });
  return (body as string).split('\n').filter((line) => line !== '');
}

/** Waits until every user has its events; then all agree on the instant, on k6's own clock, at which to begin. */
function agreeOnZero(): number {
  return (post('ready', { nowMs: exec.instance.currentTestRunDuration }).json() as { zeroMs: number }).zeroMs;
}

/** Tells what has ended, if nothing, that it is alive. When nobody listens any more the bench is gone, and so should this be. */
async function tell(ended: EndedEvents): Promise<void> {
  const url = `${job.collector}/ended/${exec.vu.idInTest}`;
  const { status } = await http.asyncRequest('POST', url, JSON.stringify(ended));
  if (status === 0) exec.test.abort('the bench is gone');
}

function post(what: 'ready' | 'result', body: object) {
  const url = `${job.collector}/${what}/${exec.vu.idInTest}`;
  return http.post(url, JSON.stringify(body), { responseType: 'text', timeout: '60s' });
}
