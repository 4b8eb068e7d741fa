import type { Catalog, Facts } from './catalog.js';
import type { WriteEvent } from './catalog-queries.js';
import { type Code, effectOfCode } from './code-effect.js';
import { type Definitions, type OwnEffect, type Word, wordsIn } from './definitions.js';
import {
  KEPT_CODE,
  NO_EFFECT,
  type SessionEffect,
  type SessionState,
  UNKNOWN_CODE,
  UNKNOWN_EFFECT,
} from './effect.js';
import { textArguments } from './functions.js';
import { fieldsOf, hasNode, literalText, names, nodeName, parseStatements, type Tree } from './parse.js';
import { effectOfFunction } from './session-functions.js';
import { effectOfStatement, isTemporarySchema } from './statement-effect.js';
import { UnparsedText } from './unparsed-text.js';
import { Uses } from './uses.js';

/** Looks for what a statement does to its session: by what it is, and through all that its names stand for. */
export class SessionSearch extends Uses {
  /** Whether the value of a literal in the text was looked at: with another one the effect may be another. */
  readsLiterals = false;
  #leaves = new Set<SessionState>();
  #settings = new Set<string>();
  #readsSequences: SessionEffect['readsSequences'];
  #primaryOnly: string | undefined;
  #setsCommit = false;
  /** Whether the walk is in what the text runs, and no longer in the text. */
  #within = false;
  /** What stands behind the names that were met. */
  readonly #uses = new Set<Facts>();
  readonly #seen = new Set<string>();

  constructor(
    readonly catalog: Catalog,
    readonly definitions: Definitions,
  ) {
    super();
  }

  of(statement: Tree): SessionEffect {
    const name = nodeName(statement);
    const own = effectOfStatement(statement);
    this.#add(own);
    if (isOnUnseen(statement, this.catalog)) this.#add(UNKNOWN_CODE);
    if (DEFINES_ONLY.has(name)) this.#use(this.catalog.eventTriggers);
    // The catalog won't tell what is in a temporary table, view or function: it counts when that is made.
    const isTemporary = own.leaves.includes('temporary-objects');
    if (isTemporary && name === 'CreateFunctionStmt') this.#keep(statement[name] as Tree);
    else if (isTemporary || !DEFINES_ONLY.has(name)) {
      this.#use(this.catalog.anywhere);
      this.walk(statement);
    }
    this.#follow(this.#uses);
    return this.#found({ ...own, clears: [...own.clears, ...unlocked(statement)] });
  }

  /** Of a text that can't be parsed, by its words. */
  ofText(text: UnparsedText): SessionEffect {
    if (text.controlsTransaction) return UNKNOWN_EFFECT;
    this.#use(this.catalog.anywhere);
    this.#unparsed(text);
    this.#follow(this.#uses);
    return this.#found(NO_EFFECT);
  }

  /** All that is met from there on is what the text runs without showing it. */
  #follow(uses: Iterable<Facts>): void {
    this.#within = true;
    for (const facts of uses) this.#add(this.#effectOf(facts));
  }

  /** What a name stands for is found out once, and from then on known for all texts. */
  #effectOf(facts: Facts): SessionEffect {
    const known = this.definitions.effects.get(facts);
    if (known !== undefined) return known;
    const search = new SessionSearch(this.catalog, this.definitions);
    search.#within = true;
    // A set is gone through to its end, though it grows on the way.
    const all = new Set([facts]);
    for (const each of all) {
      const { effect, uses } = this.#ownEffectOf(each);
      search.#add(effect);
      for (const used of uses) all.add(used);
    }
    const effect = search.#found(NO_EFFECT);
    this.definitions.effects.set(facts, effect);
    return effect;
  }

  #ownEffectOf(facts: Facts): OwnEffect {
    let own = this.definitions.ownEffects.get(facts);
    if (own === undefined) {
      own = new SessionSearch(this.catalog, this.definitions).#readFacts(facts);
      this.definitions.ownEffects.set(facts, own);
    }
    return own;
  }

  #readFacts({ definitions, bodies }: Facts): OwnEffect {
    this.#within = true;
    try {
      for (const definition of definitions) this.#run(definition, this.definitions.statements);
      for (const code of bodies ?? []) this.#code(code, this.definitions.words(code.text));
    } catch (error) {
      // Its tree is too deep to walk.
      if (!(error instanceof RangeError)) throw error;
      this.#add(UNKNOWN_CODE);
    }
    return { effect: this.#found(NO_EFFECT), uses: [...this.#uses] };
  }

  #found(own: SessionEffect): SessionEffect {
    return {
      ...own,
      leaves: [...this.#leaves],
      settings: [...this.#settings],
      readsSequences: this.#readsSequences,
      primaryOnly: this.#primaryOnly,
      setsCommit: this.#setsCommit,
    };
  }

  #add(effect: SessionEffect): void {
    for (const state of effect.leaves) this.#leaves.add(state);
    for (const setting of effect.settings) this.#settings.add(setting);
    // What is run may set a value back, or may not come to that: the setting is in doubt.
    if (this.#within) for (const setting of effect.resets) this.#settings.add(setting);
    if (this.#within && effect.resets.length > 0) this.#leaves.add('settings');
    const reads = effect.readsSequences;
    if (reads === 'directly' && !this.#within) this.#readsSequences = reads;
    else if (reads !== undefined) this.#readsSequences ??= 'within';
    this.#primaryOnly ??= effect.primaryOnly;
    this.#setsCommit ||= effect.setsCommit;
  }

  protected function(path: string[], listed?: unknown): void {
    const name = path.at(-1) ?? '';
    const schema = path.at(-2);
    const args = Array.isArray(listed) ? listed : [];
    const effect = effectOfFunction(name, {
      count: args.length,
      text: (index) => this.#literal(args[index]),
      isTrue: (index) => fieldsOf(fieldsOf(args[index], 'A_Const'), 'boolval')?.boolval === true,
    });
    if (effect !== undefined) this.#add(effect);
    else if (isTemporarySchema(schema)) this.#add(KEPT_CODE);
    // It may be new.
    else if (this.catalog.volatility(name, schema) === undefined) this.#add(UNKNOWN_CODE);
    this.#use(this.catalog.routine(name, schema));
    this.type(path);
    for (const { index, sql } of textArguments(name)) {
      const text = this.#literal(args[index]);
      if (text !== undefined) this.#apart(() => this.#run(sql(text)));
    }
  }

  protected relation({ relname, schemaname }: Tree): void {
    const [name, schema] = [relname as string, schemaname as string | undefined];
    this.#use(this.catalog.relation(name, schema));
    this.type(schema === undefined ? [name] : [schema, name]);
  }

  protected type(path: string[]): void {
    const name = path.at(-1) ?? '';
    this.#use(this.catalog.type(name, path.at(-2)));
    // `_name` is the type of its arrays.
    if (name.startsWith('_')) this.#use(this.catalog.type(name.slice(1), path.at(-2)));
  }

  protected operator(name: string): void {
    this.#use(this.catalog.operator(name));
  }

  protected attribute(name: string): void {
    if (this.catalog.attribute(name)) this.function([name]);
  }

  protected clause(name: string, node: Tree): void {
    if (DEFINING_NODE.test(name)) this.#use(this.catalog.eventTriggers);
    switch (name) {
      case 'InsertStmt':
        this.#write(node.relation, node.onConflictClause === undefined ? 'i' : 'iu');
        return;
      case 'UpdateStmt':
        // `SET column = DEFAULT` evaluates what an insert would.
        this.#write(node.relation, hasNode(node, (_, inner) => inner === 'SetToDefault') ? 'iu' : 'u');
        return;
      case 'DeleteStmt':
        this.#write(node.relation, 'd');
        return;
      case 'MergeStmt':
        this.#write(node.relation, 'iud');
        return;
      case 'CopyStmt':
        if (node.is_from === true) this.#write(node.relation, 'i');
        return;
      case 'TruncateStmt':
        for (const table of node.relations as Tree[]) this.#write(table.RangeVar, 't');
        return;
      case 'RefreshMatViewStmt':
        this.#write(node.relation, 'r');
        return;
      case 'DoStmt':
        this.#block(node.args);
        return;
      case 'ExecuteStmt':
        this.#add(KEPT_CODE);
        return;
      case 'LockStmt':
        this.#add({ ...NO_EFFECT, primaryOnly: 'LOCK TABLE' });
        return;
      case 'AlterTableStmt':
        // A new column may be numbered.
        this.#add({ ...NO_EFFECT, leaves: ['sequences'] });
        return;
    }
  }

  #write(range: unknown, events: string): void {
    const { relname, schemaname } = range as { relname: string; schemaname?: string };
    if (!this.catalog.hasRelation(relname, schemaname)) this.#add(OF_A_TEMPORARY_TABLE);
    if (relname === 'pg_settings' && events.includes('u')) this.#add(SET_ANY);
    for (const event of events) this.#use(this.catalog.writes(event as WriteEvent, relname, schemaname));
    // What is written to a view is written to its table.
    for (const definition of this.catalog.relation(relname, schemaname)?.definitions ?? []) {
      const [select] = this.definitions.statements(definition) ?? [];
      const [from, ...more] = (fieldsOf(select, 'SelectStmt')?.fromClause ?? []) as Tree[];
      const table = fieldsOf(from, 'RangeVar');
      if (table !== undefined && more.length === 0 && this.#isNew(`${events} ${definition}`)) {
        this.#write(table, events);
      }
    }
  }

  #block(options: unknown): void {
    this.#apart(() => {
      const code = codeOf(options);
      this.#code(code, wordsIn(code.text));
    });
  }

  /** A function that only this session can call. */
  #keep({ options, parameters, sql_body }: Tree): void {
    this.#use(this.catalog.anywhere);
    this.#apart(() => {
      const code = codeOf(options);
      if (code.language === 'sql') this.#run(code.text);
      else this.#code(code, wordsIn(code.text));
      this.walkApart([parameters, sql_body]);
    });
  }

  #use(facts: Facts | undefined): void {
    if (facts !== undefined) this.#uses.add(facts);
  }

  #isNew(write: string): boolean {
    if (this.#seen.has(write)) return false;
    this.#seen.add(write);
    return true;
  }

  /** What the text runs without showing it. */
  #apart(search: () => void): void {
    const outer = this.#within;
    this.#within = true;
    search();
    this.#within = outer;
  }

  #run(sql: string, read = parseStatements): void {
    const statements = read(sql);
    if (statements === undefined) this.#unparsed(new UnparsedText(sql));
    for (const statement of statements ?? []) {
      this.#add(effectOfStatement(statement));
      this.walkApart(statement);
    }
  }

  #unparsed(text: UnparsedText): void {
    const code = { language: 'plpgsql', text: text.withoutLiterals };
    const { effect, writes, targets } = effectOfCode(code);
    this.#add(effect);
    for (const target of targets) {
      this.#write({ relname: target.at(-1), schemaname: target.at(-2) }, [...writes].join(''));
    }
    this.#words(wordsIn(code.text));
    for (const block of text.blocks) this.#apart(() => this.#code(block, wordsIn(block.text)));
  }

  /** Any of its words may be the name of something that it writes to. */
  #code(code: Code, words: Word[]): void {
    const { effect, writes } = effectOfCode(code);
    this.#add(effect);
    this.#words(words);
    if (writes.size === 0) return;
    for (const { text } of words) {
      if (this.catalog.hasRelation(text)) this.#write({ relname: text }, [...writes].join(''));
    }
  }

  /** Any of them may be the name of something that is called or read. */
  #words(words: Word[]): void {
    for (const { text, kind } of words) {
      if (kind === 'operator') this.operator(text);
      else {
        if (kind === 'call') this.#use(this.catalog.routine(text));
        if (DEFINING_WORD.test(text)) this.#use(this.catalog.eventTriggers);
        this.attribute(text);
        this.relation({ relname: text });
      }
    }
  }

  /** The text of an argument that is a string, cast or not. The only way to a literal's value. */
  #literal(argument: unknown): string | undefined {
    if (!this.#within) this.readsLiterals = true;
    return literalText(argument);
  }
}

/** The code in the options of a statement that has some. */
function codeOf(options: unknown): Code {
  const all = new Map(
    ((options ?? []) as unknown[]).map((option) => {
      const { defname, arg } = fieldsOf(option, 'DefElem') ?? {};
      const [text] = (fieldsOf(arg, 'List')?.items ?? [arg]) as Tree[];
      return [String(defname), String(fieldsOf(text, 'String')?.sval ?? '')];
    }),
  );
  return { language: all.get('language')?.toLowerCase() ?? 'plpgsql', text: all.get('as') ?? '' };
}

/** A plain `SELECT pg_advisory_unlock_all()` surely runs; elsewhere the call may not be reached. */
function unlocked(statement: Tree): SessionState[] {
  const { targetList, ...clauses } = fieldsOf(statement, 'SelectStmt') ?? {};
  const isPlain = Object.keys(clauses).every((clause) => clause === 'limitOption' || clause === 'op');
  const unlocks = (Array.isArray(targetList) ? targetList : []).some((target) => {
    const call = fieldsOf(fieldsOf(target, 'ResTarget')?.val, 'FuncCall');
    return names(call?.funcname).at(-1) === 'pg_advisory_unlock_all';
  });
  return isPlain && unlocks ? ['advisory-locks'] : [];
}

/**
 * Of what is written to a relation that the catalog doesn't know: one of the session's own temporary tables. It numbers
 * its rows by a sequence, perhaps; its other defaults were seen when it was made.
 */
const OF_A_TEMPORARY_TABLE: SessionEffect = { ...NO_EFFECT, leaves: ['temporary-objects', 'sequences'] };

/** Whether a trigger or rule is made on a relation that the catalog doesn't know: what runs it later won't be seen. */
function isOnUnseen(statement: Tree, catalog: Catalog): boolean {
  const name = nodeName(statement);
  if (name !== 'CreateTrigStmt' && name !== 'RuleStmt') return false;
  const { relname, schemaname } = (statement[name] as Tree).relation as {
    relname: string;
    schemaname?: string;
  };
  return !catalog.hasRelation(relname, schemaname);
}

/** `UPDATE pg_settings` calls set_config() for each row. */
const SET_ANY: SessionEffect = {
  ...NO_EFFECT,
  leaves: ['settings', 'temporary-objects'],
  settings: ['*'],
  setsCommit: true,
};

/** Statements after which event triggers run, by their nodes and by the words that they begin with. */
const DEFINING_NODE =
  /^(intoClause|((Create|Alter|Drop|Define|Rename|Rule|View|Index|Composite|Comment|Grant|SecLabel|RefreshMatView|Reindex|Import|Reassign).*Stmt))$/;
const DEFINING_WORD = /^(create|alter|drop|comment|grant|revoke|security|refresh|reindex|import|reassign)$/;

/** They keep what is in them for later, and run nothing of it. */
const DEFINES_ONLY = new Set([
  'CreateFunctionStmt',
  'CreatePolicyStmt',
  'AlterPolicyStmt',
  'CreateStmt',
  'CreateTrigStmt',
  'RuleStmt',
  'ViewStmt',
]);
