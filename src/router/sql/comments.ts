import { READ_CATEGORIES, type RequestCategory } from '../policy/policy.js';
import type { RouteHint } from './classification.js';
import { tokensOf } from './tokens.js';

/** What a comment may ask of the router, by its key. An application's own keys (`route`, `traceparent`) are left alone. */
const HINTS: { [Key in keyof RouteHint]-?: (value: string) => RouteHint[Key] } = {
  category: (value) => CATEGORIES.find((name) => name === value),
  group: (value) => value || undefined,
  target: (value) => (value === 'primary' ? value : undefined),
};
const CATEGORIES: readonly RequestCategory[] = ['write', ...READ_CATEGORIES];

const MAY_COMMENT = /--|\/\*/;
const MAY_HINT = new RegExp(String.raw`\b(${Object.keys(HINTS).join('|')})\s*=\s*'`);

/**
 * What the comments of a text that parses ask of the router, in sqlcommenter's dialect. What means nothing is ignored;
 * of two that contradict each other the last counts.
 * @see https://google.github.io/sqlcommenter/spec/
 */
export function hintOf(sql: string): RouteHint | undefined {
  if (!MAY_COMMENT.test(sql) || !MAY_HINT.test(sql)) return undefined;
  const hint: RouteHint = {};
  for (const [key, value] of tagsOf(sql)) {
    const asked = Object.hasOwn(HINTS, key) ? HINTS[key as keyof RouteHint](value) : undefined;
    if (asked !== undefined) Object.assign(hint, { [key]: asked });
  }
  return Object.keys(hint).length > 0 ? hint : undefined;
}

/** What the comments of a statement say of it, in sqlcommenter's dialect; of two with one key the last. */
export function tagsOf(sql: string): Map<string, string> {
  if (!MAY_COMMENT.test(sql)) return new Map();
  return new Map([...tokensOf(sql)].flatMap(({ kind, text }) => (kind === 'comment' ? tagsIn(text) : [])));
}

/** A statement with a comment behind it that says this of it; the server's log and pg_stat_statements keep it. */
export function withTags(sql: string, tags: RouteHint & Record<string, string>): string {
  const written = Object.entries(tags).sort();
  return `${sql} /*${written.map(([key, value]) => `${key}='${encode(value)}'`).join()}*/`;
}

const COMMENT = /^(?:--|\/\*)([\s\S]*?)(?:\*\/)?$/;
const TAG = /\s*([^\s=,']+)\s*=\s*'((?:[^'\\]|\\.)*)'\s*(?:,|$)/y;

/** The keys and values of a token that is such a comment and nothing else. */
function tagsIn(token: string): [key: string, value: string][] {
  const text = COMMENT.exec(token)?.[1] ?? '';
  const tags: [key: string, value: string][] = [];
  for (TAG.lastIndex = 0; TAG.lastIndex < text.length; ) {
    const tag = TAG.exec(text);
    if (tag === null) return [];
    tags.push([decode(tag[1]!), decode(tag[2]!)]);
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
