import { request } from 'undici';
import { z } from 'zod';
import type { PrometheusSource } from '../../../record/pure.js';
import type { CountedServer, CpuReader } from './reader.js';

const TIMEOUT_MS = 5000;
/** A new value is noticed so soon after it is there, and so stands in time. */
const POLL_MS = 1000;

/** @see https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries */
const answer = z.union([
  z.object({
    status: z.literal('success'),
    data: z.object({
      resultType: z.literal('vector'),
      result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })),
    }),
  }),
  z.object({
    status: z.literal('success'),
    data: z.object({ resultType: z.literal('scalar'), result: z.tuple([z.number(), z.string()]) }),
  }),
]);

/**
 * What a query of a Prometheus gives: CPU seconds that only grow, or a share of the server's cores, which is summed up over
 * time.
 */
export async function prometheus(
  { url, query, gives, stepS }: PrometheusSource,
  { cpus, signal }: CountedServer,
): Promise<CpuReader> {
  const ask = async () => valueIn(await get(url, query, signal));
  const about = { stepMs: stepS * 1000, pollMs: Math.min(stepS * 1000, POLL_MS) };
  if (gives === 'seconds') return { ...about, read: async () => ({ cpuSeconds: await ask() }) };
  let cpuSeconds = 0;
  let atMs = performance.now();
  return {
    ...about,
    async read() {
      const share = await ask();
      const nowMs = performance.now();
      cpuSeconds += (share * cpus! * (nowMs - atMs)) / 1000;
      atMs = nowMs;
      return { cpuSeconds };
    },
  };
}

async function get(url: string, query: string, signal: AbortSignal): Promise<unknown> {
  const asked = new URL('api/v1/query', url.endsWith('/') ? url : `${url}/`);
  asked.searchParams.set('query', query);
  const times = { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS };
  const { statusCode, body } = await request(asked, { ...times, signal });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`${url} answers ${statusCode}: ${text.slice(0, 200)}`);
  return JSON.parse(text);
}

function valueIn(said: unknown): number {
  const parsed = answer.safeParse(said);
  if (!parsed.success) throw new Error('its answer is no instant vector and no scalar');
  const { data } = parsed.data;
  if (data.resultType === 'scalar') return finite(data.result[1]);
  if (data.result.length !== 1) {
    throw new Error(`the query gives ${data.result.length} series where it must give one`);
  }
  return finite(data.result[0]!.value[1]);
}

function finite(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Error(`the query gives ${text}`);
  return value;
}
