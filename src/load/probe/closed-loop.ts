import autocannon from 'autocannon';
import { monotonicMs } from '../../machine/index.js';
import { encodeHistogram, type Histogram } from '../../record/histogram.js';
import type { HttpEvent } from '../../workload/index.js';
import { generateTraffic } from '../../workload/smartmenu/index.js';
import { Recorder } from '../recorder.js';

/** What the probe's process is told first. */
export interface ProbeJob {
  /** Base URL of the service. */
  url: string;
  /** Seed and scale of the data set: the requests ask for its rows. */
  seed: number;
  scale: number;
  /** A request is given up after this long, in whole seconds. */
  timeoutS: number;
}

/** A stretch of load: so many users, each of whom sends a request as soon as the previous one is answered. */
export interface ProbeStep {
  concurrency: number;
  seconds: number;
}

/** What became of a step. Requests under way at its end are in none of the counts. */
export interface ProbeStepResult {
  /** Wall-clock times, ms since the epoch; as the probe's process tells them, on the clock of `monotonicMs`. */
  startMs: number;
  endMs: number;
  /** CPU of the probe's own process meanwhile. */
  cpuSeconds: number;
  ok: number;
  /** Answers other than 2xx, time-outs and broken connections. */
  failed: number;
  /** Of the ok answers. */
  latency: Histogram;
}

/** The answer to each step. */
export type ProbeMessage = { result: ProbeStepResult } | { failure: string };

/**
 * The traffic is made for this rate, though it is sent as fast as it is answered. At it, a session's next request
 * stands at least 250 behind the one it follows (an order is read back after 0.25 s): more than are ever under way, so
 * that none overtakes the one that it depends on.
 */
const TRAFFIC_PER_SECOND = 1000;

/** The router's session token: the service's header for clients without a cookie jar. */
const SESSION_HEADER = 'x-smartmenu-session';

/** autocannon looks this often whether its time is over. */
const SAMPLE_MS = 100;

/**
 * SmartMenu's traffic in a closed loop, by autocannon. One stream of requests goes through all steps: each order is
 * placed once, whatever the number of steps. Latency counts from when a request was sent, for there is no schedule;
 * autocannon then corrects nothing (its option ignoreCoordinatedOmission is for its rate mode, and refused here).
 */
export function createClosedLoop(job: ProbeJob): (step: ProbeStep) => Promise<ProbeStepResult> {
  const { url, seed, scale, timeoutS } = job;
  const traffic = generateTraffic({
    seed,
    scale,
    ratePerSecond: TRAFFIC_PER_SECOND,
    durationS: Number.POSITIVE_INFINITY,
  });
  const tokens = new Map<number, string>();

  const nextRequest: autocannon.Request = {
    setupRequest(request, context) {
      const { session, http } = traffic.next().value as HttpEvent;
      (context as { session: number }).session = session;
      return { ...request, ...toRequest(http, tokens.get(session)) };
    },
    onResponse(_status, _body, context, headers) {
      const token = headers?.[SESSION_HEADER];
      if (token !== undefined) tokens.set((context as { session: number }).session, String(token));
    },
  };

  return async ({ concurrency, seconds }) => {
    const latency = new Recorder();
    const cpuAtStart = process.cpuUsage();
    const startMs = monotonicMs();
    const { errors, non2xx } = await new Promise<autocannon.Result>((resolve, reject) => {
      const instance = autocannon(
        {
          url,
          connections: concurrency,
          duration: seconds,
          timeout: timeoutS,
          sampleInt: SAMPLE_MS,
          requests: [nextRequest],
        },
        (error, result) => (error ? reject(error) : resolve(result)),
      );
      instance.on('response', (_client, status, _bytes, latencyMs) => {
        if (status >= 200 && status < 300) latency.record(1000 * latencyMs);
      });
    });
    const endMs = monotonicMs();
    const { user, system } = process.cpuUsage(cpuAtStart);
    const recorded = encodeHistogram(latency.toJson());
    return {
      startMs,
      endMs,
      cpuSeconds: (user + system) / 1e6,
      ok: recorded.count,
      failed: errors + non2xx,
      latency: recorded,
    };
  };
}

function toRequest({ method, path, body }: HttpEvent['http'], token: string | undefined): autocannon.Request {
  const headers: Record<string, string> = {};
  if (token) headers[SESSION_HEADER] = token;
  if (body === undefined) return { method, path, headers };
  headers['content-type'] = 'application/json';
  return { method, path, headers, body: JSON.stringify(body) };
}
