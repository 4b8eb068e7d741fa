import type { QueryConfig } from 'pg';
import { noteQueued, queuedMsOf, sessionStateNeeded } from '../errors.js';
import { normalizeSql } from '../sql/normalise.js';
import type { RequestOptions, RoutedResult } from '../types.js';
import { routeStatement } from './choose-route.js';
import type { Parts } from './parts.js';
import { type Holder, type Request, sqlOf } from './route.js';
import { runStatement } from './statements.js';

/**
 * One statement, from its text to its answer.
 * @param holder whose statement it is, where he keeps a connection to the primary
 * @throws RouterError `SESSION_STATE_NEEDED` for one that asks what its session drew and comes without a holder
 */
export async function runQuery(
  text: string | QueryConfig,
  values: unknown[] | undefined,
  options: RequestOptions,
  parts: Parts,
  holder?: Holder,
): Promise<RoutedResult> {
  const sql = sqlOf(text);
  const classification = parts.knowledge.classify(sql);
  if (holder === undefined && classification.effect.readsSequences === 'directly') throw sessionStateNeeded();
  const route = routeStatement(sql, classification, options, parts, holder);
  parts.onTheirWay.begin(holder !== undefined);
  if (route.reason === 'misdeclared-write') noteMisdeclared(sql, options, parts);
  const request: Request = { route, holder, text, values, sql, classification };
  let ok = false;
  try {
    const result = await runStatement(request, parts);
    ok = true;
    return result;
  } catch (error) {
    noteQueued(error, route.queuedMs + queuedMsOf(error));
    throw error;
  } finally {
    parts.onTheirWay.end();
    parts.finish(route, ok, sql);
  }
}

function noteMisdeclared(sql: string, { category }: RequestOptions, { counters, warnings }: Parts): void {
  counters.misdeclaredWrites++;
  const message = `Declared as ${category} and run as the write it is: ${normalizeSql(sql)}`;
  warnings.say({ code: 'misdeclared-write', node: 'primary', message });
}
