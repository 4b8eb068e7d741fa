/// <reference types="k6" />
import http, { type Params, type RefinedParams, type ResponseType } from 'k6/http';
import { job } from './job.js';

/*
 * What a scenario imports as `k6/http`: k6's own, but that a header X-Category becomes the tag `category`, which a sample has,
 * and that requests are given up as those of other workloads are.
 */

type AnyParams = Params | null | undefined;
const CATEGORY = /^x-category$/i;

function completed(params: AnyParams): RefinedParams<ResponseType | undefined> {
  const headers = Object.entries(params?.headers ?? {});
  const category = headers.find(([name]) => CATEGORY.test(name))?.[1];
  return {
    timeout: job.timeoutMs,
    ...params,
    ...(category !== undefined && { tags: { category: String(category), ...params?.tags } }),
  } as RefinedParams<ResponseType | undefined>;
}

type Send = (...args: never[]) => unknown;

/** @param at the place of the parameters among the arguments */
function completing<S extends Send>(send: S, at: number): S {
  return ((...args: unknown[]) => {
    const given = Array.from({ length: Math.max(args.length, at + 1) }, (_, index) => args[index]);
    given[at] = completed(given[at] as AnyParams);
    return send(...(given as never[]));
  }) as unknown as S;
}

type One = string | [string, unknown, unknown?, AnyParams?] | { params?: AnyParams };

function completedOne(one: One): unknown {
  if (typeof one === 'string') return ['GET', one, null, completed(null)];
  if (Array.isArray(one)) return [one[0], one[1], one[2] ?? null, completed(one[3])];
  return { ...one, params: completed(one.params) };
}

function completedBatch(requests: One[] | Record<string, One>): unknown {
  if (Array.isArray(requests)) return requests.map(completedOne);
  return Object.fromEntries(Object.entries(requests).map(([name, one]) => [name, completedOne(one)]));
}

export const get: Send = completing(http.get, 1);
export const head: Send = completing(http.head, 1);
export const post: Send = completing(http.post, 2);
export const put: Send = completing(http.put, 2);
export const patch: Send = completing(http.patch, 2);
export const del: Send = completing(http.del, 2);
export const options: Send = completing(http.options, 2);
export const request: Send = completing(http.request, 3);
export const asyncRequest: Send = completing(http.asyncRequest, 3);
export const batch: Send = (requests: never) => http.batch(completedBatch(requests) as never);

const { CookieJar, FileData, cookieJar, expectedStatuses, file, setResponseCallback, url } =
  http as unknown as Record<string, unknown>;

export { CookieJar, cookieJar, expectedStatuses, FileData, file, setResponseCallback, url };

const whole: Record<string, unknown> = {
  ...http,
  ...{ get, head, post, put, patch, del, options, request, asyncRequest, batch },
};
export default whole;
