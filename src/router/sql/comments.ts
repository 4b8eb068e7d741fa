import { CATEGORIES } from '../policy/categories.js';
import type { RouteHint } from './classification.js';
import { tokensOf } from './tokens.js';

const MAY_COMMENT = /--|\/\*/;
const MAY_HINT = /\b(?:target|category|group|controller|action|job|route)\s*(?:=\s*'|:)/;

/**
 * What the comments of a text that parses ask of the router. What means nothing is ignored, as are an application's
 * other keys (`traceparent`, `db_driver`).
 */
export function hintOf(sql: string): RouteHint | undefined {
  if (!MAY_COMMENT.test(sql) || !MAY_HINT.test(sql)) return undefined;
  const tags = tagsOf(sql);
  const category = CATEGORIES.find((name) => name === tags.get('category'));
  const group = tags.get('group');
  const origins = originsOf(tags);
  const hint: RouteHint = {
    ...(tags.get('target') === 'primary' && { target: 'primary' }),
    ...(category && { category }),
    ...(group && { group }),
    ...(origins.length > 0 && { origins }),
  };
  return Object.keys(hint).length > 0 ? hint : undefined;
}

function originsOf(tags: Map<string, string>): string[] {
  const names = [actionOf(tags), tags.get('controller'), tags.get('job'), tags.get('route')];
  return names.filter((name) => name !== undefined && name !== '') as string[];
}

/** `orders#show`, or what is there of it. */
export function actionOf(tags: Map<string, string>): string | undefined {
  const action = tags.get('action');
  const controller = tags.get('controller');
  return action && controller ? `${controller}#${action}` : action;
}

/**
 * What the comments of a statement say of it, by their keys; of two with one key the last. They are written as
 * sqlcommenter does (`controller='orders',action='show'`), or as marginalia and Rails' query log tags did before
 * (`controller:orders,action:show`).
 * @see https://google.github.io/sqlcommenter/spec/
 * @see https://api.rubyonrails.org/classes/ActiveRecord/QueryLogs.html
 */
export function tagsOf(sql: string): Map<string, string> {
  if (!MAY_COMMENT.test(sql)) return new Map();
  return new Map([...tokensOf(sql)].flatMap(({ kind, text }) => (kind === 'comment' ? tagsIn(text) : [])));
}

/** A statement with a comment behind it that says this of it; the server's log and pg_stat_statements keep it. */
export function withTags(sql: string, tags: Record<string, string>): string {
  const written = Object.entries(tags).sort();
  return `${sql} /*${written.map(([key, value]) => `${key}='${encode(value)}'`).join()}*/`;
}

const COMMENT = /^(?:--|\/\*)([\s\S]*?)(?:\*\/)?$/;
const TAG = /\s*([^\s=,':]+)(?:\s*=\s*'((?:[^'\\]|\\.)*)'|:([^\s,][^,]*?))\s*(?:,|$)/y;

/** The keys and values of a token that is such a comment and nothing else. */
function tagsIn(token: string): [key: string, value: string][] {
  const text = COMMENT.exec(token)?.[1] ?? '';
  const tags: [key: string, value: string][] = [];
  for (TAG.lastIndex = 0; TAG.lastIndex < text.length; ) {
    const tag = TAG.exec(text);
    if (tag === null) return [];
    const [, key, encoded, plain] = tag;
    tags.push([decode(key!), plain ?? decode(encoded!)]);
  }
  return tags;
}

function encode(value: string): string {
  return encodeURIComponent(value).replaceAll("'", "\\'");
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll(/\\(.)/g, '$1'));
  } catch {
    // A `%` that encodes nothing.
    return value;
  }
}
