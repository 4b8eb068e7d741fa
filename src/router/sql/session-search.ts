import { NO_EFFECT, type SessionEffect, type SessionState, UNKNOWN_CODE } from './effect.js';
import { denied, textArguments } from './functions.js';
import { fieldsOf, names, nodeName, parseStatements, type Tree, walk } from './parse.js';
import { effectOfFunction } from './session-functions.js';
import { effectOfStatement } from './statement-effect.js';

/** Looks for what a statement does to its session, by what it is and by all that it runs. */
export class SessionSearch {
  /** Whether the value of a literal in the text was looked at: with another one the effect may be another. */
  readsLiterals = false;
  #leaves = new Set<SessionState>();
  #settings = new Set<string>();
  #readsSequences: SessionEffect['readsSequences'];
  #primaryOnly: string | undefined;
  #setsCommit = false;
  /** Whether the walk is in what the text runs, and no longer in the text. */
  #within = false;

  of(statement: Tree): SessionEffect {
    const own = effectOfStatement(statement);
    this.#add(own);
    if (!DEFINES_ONLY.has(nodeName(statement))) walk(statement, this.#visit);
    return {
      ...own,
      leaves: [...this.#leaves],
      clears: [...own.clears, ...this.#unlocked(statement)],
      settings: [...this.#settings],
      readsSequences: this.#readsSequences,
      primaryOnly: this.#primaryOnly,
      setsCommit: this.#setsCommit,
    };
  }

  #add(effect: SessionEffect): void {
    for (const state of effect.leaves) this.#leaves.add(state);
    for (const setting of effect.settings) this.#settings.add(setting);
    // What is run may set a value back that was set before it, or may not come to that: it stays in doubt.
    if (this.#within && effect.resets.length > 0) this.#leaves.add('settings');
    const reads = effect.readsSequences;
    if (reads === 'directly' && !this.#within) this.#readsSequences = reads;
    else if (reads !== undefined) this.#readsSequences ??= 'within';
    this.#primaryOnly ??= effect.primaryOnly;
    this.#setsCommit ||= effect.setsCommit;
  }

  readonly #visit = (node: Tree, name: string): boolean => {
    if (node.funcname !== undefined) this.#function(names(node.funcname), node.args);
    else if (name === 'ExecuteStmt') this.#add(EXECUTE);
    else if (name === 'LockStmt') this.#add({ ...NO_EFFECT, primaryOnly: 'LOCK TABLE' });
    return true;
  };

  #function(path: string[], listed: unknown): void {
    const name = path.at(-1) ?? '';
    const args = Array.isArray(listed) ? listed : [];
    if (path.length > 1 && path[0]!.startsWith('pg_temp')) this.#add(UNKNOWN_CODE);
    const effect = effectOfFunction(name, {
      text: (index) => this.#literal(args[index]),
      isTrue: (index) => fieldsOf(fieldsOf(args[index], 'A_Const'), 'boolval')?.boolval === true,
    });
    if (effect !== undefined) this.#add(effect);
    else if (denied(name)?.reason === 'reading-function') this.#add(UNKNOWN_CODE);
    for (const { index, sql } of textArguments(name)) {
      if (index >= Math.max(args.length, 1)) continue;
      const text = this.#literal(args[index]);
      this.#run(text === undefined ? undefined : parseStatements(sql(text)));
    }
  }

  /** What is run by the text without being a part of it; undefined for what can't be read. */
  #run(statements: Tree[] | undefined): void {
    const outer = this.#within;
    this.#within = true;
    if (statements === undefined) this.#add(UNKNOWN_CODE);
    for (const statement of statements ?? []) {
      this.#add(effectOfStatement(statement));
      walk(statement, this.#visit);
    }
    this.#within = outer;
  }

  /** The text of an argument that is a string, cast or not. The only way to a literal's value. */
  #literal(argument: unknown): string | undefined {
    if (!this.#within) this.readsLiterals = true;
    const cast = fieldsOf(argument, 'TypeCast')?.arg;
    const value = fieldsOf(fieldsOf(cast ?? argument, 'A_Const'), 'sval');
    return typeof value?.sval === 'string' ? value.sval : undefined;
  }

  /** A plain `SELECT pg_advisory_unlock_all()` surely runs; elsewhere the call may not be reached. */
  #unlocked(statement: Tree): SessionState[] {
    const { targetList, ...clauses } = fieldsOf(statement, 'SelectStmt') ?? {};
    const isPlain = Object.keys(clauses).every((clause) => clause === 'limitOption' || clause === 'op');
    const unlocks = (Array.isArray(targetList) ? targetList : []).some((target) => {
      const call = fieldsOf(fieldsOf(target, 'ResTarget')?.val, 'FuncCall');
      return names(call?.funcname).at(-1) === 'pg_advisory_unlock_all';
    });
    return isPlain && unlocks ? ['advisory-locks'] : [];
  }
}

/** What a prepared statement leaves was counted when it was prepared; what it reads and how it commits is unknown here. */
const EXECUTE: SessionEffect = {
  ...NO_EFFECT,
  leaves: ['sequences'],
  readsSequences: 'within',
  setsCommit: true,
};

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
