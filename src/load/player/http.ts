import { Pool } from 'undici';
import type { HttpEvent } from '../../workload/index.js';
import type { Performed } from './answer-log.js';
import type { Performer } from './performer.js';

/** Sends the requests of an HTTP trace: connections kept alive, as many as it takes, and cookies by session. */
export function createHttpPerformer(options: {
  url: string;
  timeoutMs: number;
  /** Keep the bodies, for answers to be compared. */
  keepAnswers: boolean;
}): Performer<HttpEvent> {
  const { pathname, origin } = new URL(options.url);
  const basePath = pathname.replace(/\/$/, '');
  // Time is limited below, over the whole of a request.
  const pool = new Pool(origin, { headersTimeout: 0, bodyTimeout: 0 });
  const cookies = new Map<number, Map<string, string>>();

  async function perform({ session, http }: HttpEvent): Promise<Performed> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), options.timeoutMs);
    try {
      const headers: Record<string, string> = {};
      const jar = cookies.get(session);
      if (jar) headers.cookie = Array.from(jar, ([name, value]) => `${name}=${value}`).join('; ');
      if (http.body !== undefined) headers['content-type'] = 'application/json';
      const response = await pool.request({
        method: http.method,
        path: basePath + http.path,
        headers,
        body: http.body === undefined ? null : JSON.stringify(http.body),
        signal: limit.signal,
      });
      keepCookies(session, response.headers['set-cookie']);
      const { statusCode } = response;
      let body = '';
      if (options.keepAnswers) body = await response.body.text();
      else await response.body.dump({ limit: Number.MAX_SAFE_INTEGER, signal: limit.signal });
      if (statusCode >= 200 && statusCode < 300) {
        return { end: 'ok', ...(options.keepAnswers && { answer: (reader) => reader.ofBody(body) }) };
      }
      const failed = { end: 'failed', code: `HTTP ${statusCode}` } as const;
      // An error to the client, yet an answer: where it was found on one side only, that is a difference.
      return options.keepAnswers && statusCode === 404
        ? { ...failed, answer: (reader) => reader.ofNothing() }
        : failed;
    } catch (error) {
      return { end: 'failed', code: limit.signal.aborted ? 'timeout' : networkCode(error) };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Attributes are of no interest: there is one service, and a replay is over before anything expires. */
  function keepCookies(session: number, header: string | string[] | undefined): void {
    if (!header) return;
    const jar = cookies.get(session) ?? new Map<string, string>();
    cookies.set(session, jar);
    for (const line of [header].flat()) {
      const [, name, value] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined) jar.set(name.trim(), value!.trim());
    }
  }

  return { perform, forget: (session) => void cookies.delete(session), end: () => pool.destroy() };
}

function networkCode(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : 'network error';
}
