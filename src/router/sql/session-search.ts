import type { Catalog, Facts } from './catalog.js';
import type { WriteEvent } from './catalog-queries.js';
import type { Code } from './code-effect.js';
import type { Definitions } from './definitions.js';
import { NO_EFFECT, type SessionEffect, type SessionState, UNKNOWN_CODE } from './effect.js';
import { textArguments } from './functions.js';
import { fieldsOf, hasNode, literalText, names, nodeName, parseStatements, type Tree } from './parse.js';
import { effectOfFunction } from './session-functions.js';
import { effectOfStatement } from './statement-effect.js';
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
  readonly #seen = new Set<Facts | string>();

  constructor(
    readonly catalog: Catalog,
    readonly definitions: Definitions,
  ) {
    super();
  }

  of(statement: Tree): SessionEffect {
    const own = effectOfStatement(statement);
    this.#add(own);
    if (isOnUnseen(statement, this.catalog)) this.#add(UNKNOWN_CODE);
    if (!DEFINES_ONLY.has(nodeName(statement))) {
      this.#follow(this.catalog.anywhere);
      this.walk(statement);
    }
    return this.#found({ ...own, clears: [...own.clears, ...unlocked(statement)] });
  }

  #ofFacts(facts: Facts): SessionEffect {
    this.#within = true;
    this.#follow(facts);
    return this.#found(NO_EFFECT);
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
    // It may be temporary, or new.
    else if (this.catalog.volatility(name, schema) === undefined || schema?.startsWith('pg_temp')) {
      this.#add(UNKNOWN_CODE);
    }
    this.#follow(this.catalog.routine(name, schema));
    this.type(path);
    for (const { index, sql } of textArguments(name)) {
      const text = this.#literal(args[index]);
      if (text !== undefined) this.#apart(() => this.#run(parseStatements(sql(text))));
    }
  }

  protected relation({ relname, schemaname }: Tree): void {
    const [name, schema] = [relname as string, schemaname as string | undefined];
    this.#follow(this.catalog.relation(name, schema));
    this.type(schema === undefined ? [name] : [schema, name]);
  }

  protected type(path: string[]): void {
    const name = path.at(-1) ?? '';
    this.#follow(this.catalog.type(name, path.at(-2)));
    // `_name` is the type of its arrays.
    if (name.startsWith('_')) this.#follow(this.catalog.type(name.slice(1), path.at(-2)));
  }

  protected operator(name: string): void {
    this.#follow(this.catalog.operator(name));
  }

  protected attribute(name: string): void {
    if (this.catalog.attribute(name)) this.function([name]);
  }

  protected clause(name: string, node: Tree): void {
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
      case 'DoStmt':
        this.#block(node.args);
        return;
      case 'ExecuteStmt':
        this.#add(EXECUTE);
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
    for (const event of events) this.#follow(this.catalog.writes(event as WriteEvent, relname, schemaname));
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
    const texts = new Map(
      (options as unknown[]).map((option) => {
        const { defname, arg } = fieldsOf(option, 'DefElem') ?? {};
        return [String(defname), String(fieldsOf(arg, 'String')?.sval)];
      }),
    );
    const code = { language: texts.get('language')?.toLowerCase() ?? 'plpgsql', text: texts.get('as') ?? '' };
    this.#apart(() => this.#code(code));
  }

  /** What a name stands for is found out once, and from then on known for all texts. */
  #follow(facts: Facts | undefined): void {
    if (facts === undefined) return;
    const known = this.definitions.effects.get(facts);
    if (known !== undefined) this.#add(known);
    else if (!this.#within) {
      const effect = new SessionSearch(this.catalog, this.definitions).#ofFacts(facts);
      this.definitions.effects.set(facts, effect);
      this.#add(effect);
    } else if (this.#isNew(facts)) {
      for (const definition of facts.definitions) this.#run(this.definitions.statements(definition));
      for (const code of facts.bodies ?? []) this.#code(code);
    }
  }

  #isNew(thing: Facts | string): boolean {
    if (this.#seen.has(thing)) return false;
    this.#seen.add(thing);
    return true;
  }

  /** What the text runs without showing it. */
  #apart(search: () => void): void {
    const outer = this.#within;
    this.#within = true;
    search();
    this.#within = outer;
  }

  #run(statements: Tree[] | undefined): void {
    if (statements === undefined) this.#add(UNKNOWN_CODE);
    for (const statement of statements ?? []) {
      this.#add(effectOfStatement(statement));
      this.walkApart(statement);
    }
  }

  /** Any of its words may be the name of something that it calls, reads or writes to. */
  #code(code: Code): void {
    const { effect, writes } = this.definitions.code(code);
    this.#add(effect);
    for (const { text, kind } of this.definitions.words(code.text)) {
      if (kind === 'operator') this.operator(text);
      else {
        if (kind === 'call') this.#follow(this.catalog.routine(text));
        this.attribute(text);
        this.relation({ relname: text });
        if (writes.size > 0 && this.catalog.hasRelation(text)) {
          this.#write({ relname: text }, [...writes].join(''));
        }
      }
    }
  }

  /** The text of an argument that is a string, cast or not. The only way to a literal's value. */
  #literal(argument: unknown): string | undefined {
    if (!this.#within) this.readsLiterals = true;
    return literalText(argument);
  }
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

/** What a prepared statement leaves was counted when it was prepared; what it reads and how it commits is unknown here. */
const EXECUTE: SessionEffect = {
  ...NO_EFFECT,
  leaves: ['sequences'],
  readsSequences: 'within',
  setsCommit: true,
};

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
