import type { Facts } from './catalog.js';
import type { SessionEffect } from './effect.js';
import { parseStatements } from './parse.js';

/** What the definitions in a catalog come to, read once each. */
export class Definitions {
  readonly statements = once(parseStatements);
  readonly words = once(wordsIn);
  /** What is done to a session by what a name stands for, but for what this uses in turn. */
  readonly ownEffects = new Map<Facts, OwnEffect>();
  /** The same with all that it runs in turn. */
  readonly effects = new Map<Facts, SessionEffect>();
}

export interface OwnEffect {
  effect: SessionEffect;
  uses: readonly Facts[];
}

function once<Definition, T>(read: (definition: Definition) => T): (definition: Definition) => T {
  const known = new Map<Definition, T>();
  return (definition) => {
    if (!known.has(definition)) known.set(definition, read(definition));
    return known.get(definition) as T;
  };
}

export interface Word {
  text: string;
  kind: 'name' | 'call' | 'operator' | 'statement' | 'dynamic' | 'lock';
}

const TOKEN = /U&"|"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*|[-+*/<>=~!@#%^&|`?]+|[^\s]/giu;
const OPERATOR = /^[-+*/<>=~!@#%^&|`?]/;
const STATEMENT =
  /^(insert|update|delete|merge|truncate|create|drop|alter|lock|copy|call|notify|refresh|set|reset)$/;
/** Where a statement may begin. */
const BEFORE_STATEMENT = /^(;|\(|begin|then|loop|else|query|in|for)$/;

/** The words of a function's body in a procedural language that may name something, each once. */
export function wordsIn(body: string): Word[] {
  const tokens = tokensIn(body);
  const folded = tokens.map((token) => (token.startsWith('"') ? unquoted(token) : token.toLowerCase()));
  const words = new Map<string, Word>();
  const add = (text: string, kind: Word['kind']) => words.set(`${kind} ${text}`, { text, kind });
  for (const [at, text] of folded.entries()) {
    const before = folded[at - 1] ?? ';';
    // A name with Unicode escapes is not worth reading.
    if (text === 'execute' || text === 'u&"') add(text, 'dynamic');
    else if (OPERATOR.test(text)) for (const part of partsOf(text)) add(part, 'operator');
    else if (/^(update|share|no|key)$/.test(text) && before === 'for') add(text, 'lock');
    else if (STATEMENT.test(text) && BEFORE_STATEMENT.test(before)) add(text, 'statement');
    else if (/[\p{L}_]/u.test(text)) add(text, folded[at + 1] === '(' ? 'call' : 'name');
  }
  return [...words.values()];
}

/** Where quotes are another language's than SQL's, what is in them may be SQL. */
function tokensIn(body: string): string[] {
  return (body.match(TOKEN) ?? []).flatMap((token) =>
    /^".*[^\w$ ].*"$/s.test(token) ? [token, ...tokensIn(token.slice(1, -1))] : [token],
  );
}

/** `a*-b` is two operators, and where one ends is the grammar's to know: every part may be one. */
function partsOf(operators: string): Set<string> {
  const parts = new Set<string>();
  for (let from = 0; from < operators.length; from++) {
    for (let to = from + 1; to <= operators.length; to++) parts.add(operators.slice(from, to));
  }
  return parts;
}

function unquoted(token: string): string {
  return token.slice(1, -1).replaceAll('""', '"');
}
