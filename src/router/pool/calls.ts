import type pg from 'pg';
import type { QueryConfig } from 'pg';

export type Query = string | QueryConfig | pg.Submittable;
export type Callback<T> = (error: unknown, value?: T) => void;

/** What `pg` calls on every Submittable, though its types know `submit` only. */
export interface SubmittedQuery extends pg.Submittable {
  handleError(error: unknown): void;
}

export function isSubmittable(query: unknown): query is pg.Submittable {
  return typeof (query as Partial<pg.Submittable> | null)?.submit === 'function';
}

interface Content {
  text?: string;
  values?: unknown[];
}

/** A cursor has its text, a stream its cursor's. One that shows neither gets a text that no grammar knows: the primary's. */
export function contentOf(query: pg.Submittable): { text: string; values: unknown[] | undefined } {
  const { cursor, ...own } = query as Content & { cursor?: Content };
  const { text, values } = own.text === undefined && cursor !== undefined ? cursor : own;
  return { text: text ?? 'unknown', values };
}

/** Answers by the callback if there is one, else by the promise. What a callback throws is nobody's rejection. */
export function answer<T>(result: Promise<T>, callback: Callback<T> | undefined): Promise<T> | undefined {
  if (callback === undefined) return result;
  result.then(
    (value) => process.nextTick(callback, undefined, value),
    (error) => process.nextTick(callback, error),
  );
  return undefined;
}
