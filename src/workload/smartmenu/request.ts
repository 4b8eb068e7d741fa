import type { HttpEvent } from '../trace.js';
import { type OperationName, operation } from './statements.js';

/** A request of the SmartMenu API, not yet placed in time or given to a session. */
export type Request = Omit<HttpEvent, 'dueUs' | 'session'>;

/**
 * The request that runs an operation: inputs named in its path go there, the others in the query or the body.
 */
export function request(name: OperationName, inputs: Record<string, unknown>): Request {
  const { method, path: pattern, category, priority } = operation[name];
  const rest = { ...inputs };
  let path = pattern.replace(/:(\w+)/g, (_, input: string) => {
    delete rest[input];
    return encodeURIComponent(String(inputs[input]));
  });
  const http: Request['http'] = { method, path };
  if (method !== 'GET') http.body = rest;
  else if (Object.keys(rest).length > 0) {
    path += `?${new URLSearchParams(rest as Record<string, string>)}`;
    http.path = path;
  }
  return { category, priority, operation: name, http };
}
