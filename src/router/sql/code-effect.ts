import type { WriteEvent } from './catalog-queries.js';
import { KEPT_CODE, NO_EFFECT, type SessionEffect, UNKNOWN_CODE } from './effect.js';
import { effectOfFunction, mayNameTemporary } from './session-functions.js';
import { combined } from './statement-effect.js';
import { tokensOf } from './tokens.js';

/** Code in a procedural language. */
export interface Code {
  language: string;
  text: string;
}

/** What code does to the session that runs it, but for what it calls and writes to. */
export interface CodeEffect {
  effect: SessionEffect;
  /** How it writes to tables, whichever of its names they are. */
  writes: ReadonlySet<WriteEvent>;
  /** The names that stand behind the words for this, each in its parts. */
  targets: readonly string[][];
}

/**
 * Reads code word by word, the texts in its strings too, as any of them may be SQL that it runs. Where that can't be
 * told, it is said to do more than it does.
 */
export function effectOfCode({ language, text }: Code): CodeEffect {
  const reader = new CodeReader(language === 'plpgsql' ? sqlTokens : otherTokens);
  reader.read(text);
  return { effect: combined(reader.effects), writes: reader.writes, targets: reader.targets };
}

interface Token {
  kind: 'word' | 'string' | 'other';
  /** Of a word without quotes in lower case, of a string what is in it. */
  text: string;
}

const NOTHING: Token = { kind: 'other', text: '' };

const EVENTS: ReadonlyMap<string, WriteEvent[]> = new Map([
  ['insert', ['i']],
  ['copy', ['i']],
  ['update', ['u']],
  ['delete', ['d']],
  ['merge', ['i', 'u', 'd']],
  ['truncate', ['t']],
  ['refresh', ['r']],
  // `SET column = DEFAULT` evaluates what an insert would.
  ['default', ['i']],
]);

/** Where a statement may begin, beside the beginning of a string. */
const BEFORE_STATEMENT = /^(;|>|begin|then|loop|else)$/;

/** Before the name of a function that is called, rather than of something that is made. */
const CALLS = /^(select|perform|call|from|join|where|and|or|return|[-=(,+|*<>])$/;

/** The same in a format(), where a name is put in when it runs. */
const CALLS_ANY =
  /(?:\b(?:select|perform|call|from|join|where|and|or)|[-=(,+|*<>])\s*(?:(?:\w+|%(?:\d+\$)?I)\s*\.\s*)?%(?:\d+\$)?I\s*\(/i;

/** Between a word that writes and the name of a table. */
const BEFORE_TARGET = /^(into|from|only|table|materialized|view|concurrently)$/;

/** Behind a word that writes to what was named before it, or doesn't write there. */
const NO_TARGET = /^(set|values|on|or|of|cascade|restrict|no|to|when|then|using)$/;

/** Names of settings that SET has other words for. */
const SETTING_BY_WORD: ReadonlyMap<string, string> = new Map([
  ['role', 'role'],
  ['time', 'timezone'],
  ['names', 'client_encoding'],
  ['schema', 'search_path'],
  ['xml', 'xmloption'],
]);

class CodeReader {
  readonly effects: SessionEffect[] = [];
  readonly writes = new Set<WriteEvent>();
  readonly targets: string[][] = [];
  #tokens: Token[] = [];
  #goesOn = false;

  constructor(readonly tokenize: (text: string) => Token[]) {}

  /** @param goesOn whether more is put to the text when it runs */
  read(text: string, goesOn = false): void {
    const outer = { tokens: this.#tokens, goesOn: this.#goesOn };
    this.#tokens = this.tokenize(text);
    this.#goesOn = goesOn;
    const words = this.#tokens.filter(({ kind }) => kind === 'word');
    for (const [at, { kind, text }] of this.#tokens.entries()) {
      if (kind === 'string') {
        if (this.#isMessage(at)) continue;
        if (CALLS_ANY.test(text)) this.effects.push(UNKNOWN_CODE);
        this.read(text, this.#at(at + 1).text === '|');
      } else if (kind === 'word') {
        this.#word(at, text);
        // One word alone is a value, such as that of TG_OP.
        const events = words.length > 1 ? EVENTS.get(text) : undefined;
        if (events) this.#writes(at, events);
      }
    }
    this.#tokens = outer.tokens;
    this.#goesOn = outer.goesOn;
  }

  #at(at: number): Token {
    return this.#tokens[at] ?? NOTHING;
  }

  #leaves(state: SessionEffect['leaves'][number], more: Partial<SessionEffect> = {}): void {
    this.effects.push({ ...NO_EFFECT, leaves: [state], ...more });
  }

  #word(at: number, word: string): void {
    if (word.includes('synchronous_commit')) this.effects.push({ ...NO_EFFECT, setsCommit: true });
    if (this.#at(at + 1).text === '(') {
      const effect = effectOfFunction(word, this.#arguments(at + 2));
      if (effect !== undefined) this.effects.push(effect);
    }
    const before = this.#at(at - 1).text;
    const next = this.#at(at + 1).text;
    if (/^temp(orary)?$/.test(word)) {
      if (/^(create|replace|local|global|into)$/.test(before) && !this.#isDroppedOnCommit(at)) {
        this.#leaves('temporary-objects');
      }
    } else if (word === 'pg_temp' && next === '.') {
      this.#leaves('temporary-objects');
      if (this.#at(at + 3).text === '(' && CALLS.test(before)) this.effects.push(KEPT_CODE);
    }
    if (word === 'hold' && before === 'with') this.#leaves('cursors', { primaryOnly: 'WITH HOLD' });
    else if (word === 'execute' || word.startsWith('spi_')) this.#execute(at + 1);
    else if (at === 0 || BEFORE_STATEMENT.test(before)) this.#command(at, word);
  }

  #writes(at: number, events: WriteEvent[]): void {
    for (const event of events) this.writes.add(event);
    if (this.#at(at).text === 'default' || /^(for|key)$/.test(this.#at(at - 1).text)) return;
    let next = at + 1;
    while (BEFORE_TARGET.test(this.#at(next).text)) next++;
    next = this.#target(next);
    while (this.#at(at).text === 'truncate' && this.#at(next).text === ',') next = this.#target(next + 1);
  }

  /** The name of a table that is written to. One that is made when the code runs may be any. */
  #target(at: number): number {
    const parts: string[] = [];
    for (let next = at; ; next += 2) {
      const { kind, text } = this.#at(next);
      if (text === '%' || (this.#goesOn && next === this.#tokens.length)) this.effects.push(UNKNOWN_CODE);
      if (kind !== 'word' || NO_TARGET.test(text)) return next;
      parts.push(text);
      if (this.#at(next + 1).text === '.') continue;
      this.targets.push(parts);
      return next + 1;
    }
  }

  /** A word that a statement may begin with. */
  #command(at: number, word: string): void {
    const { kind: nextKind, text: next } = this.#at(at + 1);
    const isLast = at + 1 === this.#tokens.length;
    if (isLast && !this.#goesOn) return;
    if (word === 'set') this.#set(at);
    else if (nextKind === 'other' && next !== '%' && !isLast) return;
    else if (word === 'listen') this.#leaves('listening', { primaryOnly: 'LISTEN' });
    else if (word === 'notify') this.effects.push({ ...NO_EFFECT, primaryOnly: 'NOTIFY' });
    else if (word === 'reset') this.#leaves('settings', { settings: [next === 'all' ? '*' : next] });
    else if (word === 'prepare' && next !== 'transaction') this.#leaves('prepared-statements');
    // The driver's own prepared statements go with it.
    else if (/^(deallocate|discard)$/.test(word)) this.effects.push(UNKNOWN_CODE);
    else if (word === 'load' && nextKind === 'string') this.effects.push(UNKNOWN_CODE);
  }

  /** SET that isn't LOCAL. */
  #set(at: number): void {
    const next = this.#at(at + 1).text === 'session' ? at + 2 : at + 1;
    const { kind, text } = this.#at(next);
    if (/^(local|transaction|constraints)$/.test(text)) return;
    if (text === 'authorization') this.#setting('session_authorization');
    else if (text === 'characteristics') this.#setting('session characteristics');
    // Its name is made when it runs.
    else if (kind !== 'word') this.#setting('*');
    else this.#setByName(next);
  }

  #setByName(at: number): void {
    const word = this.#at(at).text;
    let name = SETTING_BY_WORD.get(word) ?? word;
    let next = at + 1;
    for (; this.#at(next).text === '.'; next += 2) name += `.${this.#at(next + 1).text}`;
    if (/^(=|to)$/.test(this.#at(next).text)) this.#setting(name, this.#at(next + 1).text);
    else if (SETTING_BY_WORD.has(word) || next >= this.#tokens.length) this.#setting(name);
  }

  #setting(name: string, value?: string): void {
    const setsCommit = name === '*' || name === 'synchronous_commit';
    this.#leaves('settings', { settings: [name], setsCommit });
    if (mayNameTemporary(name, value)) this.#leaves('temporary-objects');
  }

  #isDroppedOnCommit(at: number): boolean {
    for (let next = at; next < this.#tokens.length && this.#at(next).text !== ';'; next++) {
      if ([0, 1, 2].every((i) => this.#at(next + i).text === ['on', 'commit', 'drop'][i])) return true;
    }
    return false;
  }

  /** `RAISE NOTICE 'text'` */
  #isMessage(at: number): boolean {
    return this.#at(at - 1).text === 'raise' || this.#at(at - 2).text === 'raise';
  }

  /** SQL that is made when it runs: known if it is put together of strings and of names and values in quotes. */
  #execute(at: number): void {
    if (/^(function|procedure|on)$/.test(this.#at(at).text)) return;
    const end = this.#text(at);
    if (end === undefined || !/^(;|\)|,|into|using|loop|)$/.test(this.#at(end).text)) {
      this.effects.push(UNKNOWN_CODE);
    }
  }

  /** Where a text ends that begins here and whose words are all there to be read; undefined for any other text. */
  #text(at: number): number | undefined {
    const { kind, text } = this.#at(at);
    let end: number | undefined;
    if (kind === 'string') end = at + 1;
    else if (text === '(') {
      const inner = this.#text(at + 1);
      if (inner !== undefined) end = this.#closing(inner);
    } else if (this.#at(at + 1).text === '(') {
      const first = this.#at(at + 2);
      const isQuoted =
        /^quote_(ident|literal|nullable)$/.test(text) ||
        // %I and %L give names and values; %s may be anything.
        (text === 'format' && first.kind === 'string' && !/%[^%]*s/.test(first.text.replace(/%[IL%]/g, '')));
      if (isQuoted) end = this.#closing(at + 2);
    }
    if (end === undefined) return undefined;
    const goesOn = this.#at(end).text === '|' && this.#at(end + 1).text === '|';
    return goesOn ? this.#text(end + 2) : end;
  }

  /** The token behind the parenthesis that closes the one before `at`. */
  #closing(at: number): number {
    let depth = 1;
    let end = at;
    for (; depth > 0 && end < this.#tokens.length; end++) {
      const { kind, text } = this.#at(end);
      if (kind === 'other') depth += text === '(' ? 1 : text === ')' ? -1 : 0;
    }
    return end;
  }

  #arguments(at: number) {
    const args: Token[][] = [[]];
    const end = this.#closing(at) - 1;
    for (let depth = 0, next = at; next < end; next++) {
      const token = this.#at(next);
      if (token.kind === 'other') depth += token.text === '(' ? 1 : token.text === ')' ? -1 : 0;
      if (depth === 0 && token.text === ',' && token.kind === 'other') args.push([]);
      else args.at(-1)!.push(token);
    }
    return {
      count: args.length,
      text: (index: number) => {
        const [only, ...more] = args[index] ?? [];
        return only?.kind === 'string' && more.length === 0 ? only.text : undefined;
      },
      isTrue: (index: number) => args[index]?.length === 1 && args[index]![0]!.text === 'true',
    };
  }
}

/** Without comments: PL/pgSQL has SQL's own scanner. */
function sqlTokens(code: string): Token[] {
  const tokens: Token[] = [];
  for (const { kind, text } of tokensOf(code)) {
    if (kind === 'comment') continue;
    if (kind === 'word') tokens.push({ kind, text: wordOf(text) });
    else if (kind === 'literal' && /['$]/.test(text)) tokens.push({ kind: 'string', text: stringOf(text) });
    else tokens.push({ kind: 'other', text });
  }
  return tokens;
}

function wordOf(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase();
}

/** What is in a string. */
export function stringOf(literal: string): string {
  const dollars = /^\$[^$]*\$/.exec(literal)?.[0];
  if (dollars !== undefined) return literal.slice(dollars.length, -dollars.length);
  return literal
    .slice(literal.indexOf("'") + 1, -1)
    .replaceAll("''", "'")
    .replace(/\\(.)/gs, '$1');
}

const OTHER_TOKEN =
  /(?<string>"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|`(?:\\[\s\S]|[^`\\])*`)|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|\S/gu;

/** Of any other language: what quotes it has and what its comments look like is not known. */
function otherTokens(code: string): Token[] {
  return [...code.matchAll(OTHER_TOKEN)].map(({ 0: text, groups }) => {
    if (groups?.string !== undefined)
      return { kind: 'string', text: text.replace(/^("""|'''|.)|("""|'''|.)$/gs, '') };
    return groups?.word !== undefined ? { kind: 'word', text: text.toLowerCase() } : { kind: 'other', text };
  });
}
