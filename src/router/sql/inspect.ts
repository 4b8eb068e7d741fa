import type { Catalog, Facts } from './catalog.js';
import {
  type Classification,
  type ClassificationReason,
  isWorse,
  onPrimary,
  type Writes,
} from './classification.js';
import type { Definitions, Word } from './definitions.js';
import { denied, isLocalRelation, isLocalSetting, sizeOf, textArguments } from './functions.js';
import { commandOf, literalText, parseStatements, relationName, type Tree } from './parse.js';
import { Uses } from './uses.js';

/** Where in all that a query comes to the walk is. */
interface Place {
  /** `run`: it is executed. `plan`: only planned, which opens its relations and evaluates what isn't volatile. */
  mode: 'run' | 'plan';
  /** Name of the outermost view, function or type whose definition it is in: the one that the query shows. */
  within?: string;
}

/** Looks for what keeps a query off a standby, at any depth, and through all that its names stand for. */
export class Inspection extends Uses {
  /** Whether the value of a literal in the query was looked at: with another one the finding may be another. */
  readsLiterals = false;
  #finding: Classification | undefined;
  #place: Place;
  readonly #seen = new Set<string>();

  constructor(
    readonly catalog: Catalog,
    readonly definitions: Definitions,
    mode: Place['mode'],
  ) {
    super();
    this.#place = { mode };
  }

  of(tree: Tree): Classification | undefined {
    this.#facts('implicit call', this.catalog.anywhere, 'possibly');
    this.walk(tree);
    return this.#finding;
  }

  #found(reason: ClassificationReason, writes: Writes, culprit?: string): void {
    const { mode, within } = this.#place;
    // Planning changes nothing, whatever it is that can't be planned on a standby.
    const finding = onPrimary(reason, mode === 'plan' ? 'never' : writes, culprit);
    if (within !== culprit) finding.through = within;
    if (this.#finding === undefined || isWorse(finding, this.#finding)) this.#finding = finding;
  }

  #at(change: Partial<Place>, inspect: () => void): void {
    const place = this.#place;
    this.#place = { ...place, ...change };
    inspect();
    this.#place = place;
  }

  protected clause(name: string, node: Tree): void {
    if (this.#place.mode === 'plan') return;
    if (name === 'lockingClause') this.#found('locking-clause', 'never');
    else if (name === 'intoClause') this.#found('select-into', 'certainly');
    else if (name.endsWith('Stmt') && name !== 'SelectStmt' && /^[A-Z]/.test(name)) {
      this.#found('nested-write', 'certainly', relationName(node.relation) ?? commandOf(name));
    }
  }

  protected function(path: string[], args?: unknown): void {
    const name = path.at(-1) ?? '';
    const schema = path.at(-2);
    const volatility = this.catalog.volatility(name, schema);
    // The planner evaluates what is stable, never what is volatile.
    if (this.#place.mode === 'plan' && volatility === 'v') return;
    const denial = denied(name);
    if (denial) this.#found(denial.reason, denial.writes, name);
    else if (volatility === undefined) this.#found('unknown-function', 'possibly', name);
    else if (volatility === 'v') this.#found('volatile-function', 'possibly', name);
    else {
      this.#facts(name, this.catalog.routine(name, schema), 'possibly', 'run');
      this.#arguments(name, Array.isArray(args) ? args : []);
    }
    // `type(x)` is a cast, where no function is called so.
    this.type(path);
  }

  /** What an argument tells of the call: SQL to run, a relation, a setting. */
  #arguments(name: string, args: unknown[]): void {
    for (const { index, sql } of textArguments(name)) {
      if (index >= Math.max(args.length, 1)) continue;
      const text = this.#literal(args[index]);
      // A text that will be run is read like the statement itself, if it is there to be read.
      if (text === undefined) this.#found('text-as-sql', 'possibly', name);
      else this.#through(name, 'run', () => this.#read(name, parseStatements(sql(text))));
    }
    const sized = this.catalog.hasUnlogged ? sizeOf(name) : undefined;
    const relation = sized === 'relation' ? this.#literal(args[0]) : undefined;
    if (relation !== undefined) {
      this.#through(name, this.#place.mode, () =>
        this.#read(name, parseStatements(`SELECT FROM ${relation}`)),
      );
    } else if (sized !== undefined) this.#found('unlogged-size', 'never', name);
    const setting = name === 'current_setting' ? this.#literal(args[0]) : undefined;
    if (setting !== undefined && isLocalSetting(setting)) this.#found('server-setting', 'never', setting);
  }

  /** The text of an argument that is a string, `::regclass` or not. The only way to a literal's value. */
  #literal(argument: unknown): string | undefined {
    // Those of a definition are the catalog's.
    if (this.#place.within === undefined) this.readsLiterals = true;
    return literalText(argument);
  }

  protected relation(range: Tree): void {
    const name = range.relname as string;
    const schema = range.schemaname as string | undefined;
    if (schema?.startsWith('pg_temp') || range.relpersistence === 't') {
      this.#found('temporary-table', 'never', name);
    } else if (isLocalRelation(name)) this.#found('server-view', 'never', name);
    else if (!this.catalog.hasRelation(name, schema)) this.#found('unknown-relation', 'never', name);
    this.#facts(name, this.catalog.relation(name, schema), 'never');
    // Its rows are values of a type of its name.
    this.type(schema === undefined ? [name] : [schema, name]);
  }

  protected type(path: string[]): void {
    const name = path.at(-1) ?? '';
    if (path.at(-2)?.startsWith('pg_temp')) this.#found('temporary-type', 'never', name);
    const facts =
      this.catalog.type(name, path.at(-2)) ??
      // `_name` is the type of its arrays.
      (name.startsWith('_') ? this.catalog.type(name.slice(1), path.at(-2)) : undefined);
    this.#facts(name, facts, 'possibly', 'run');
  }

  protected operator(name: string): void {
    this.#facts(name, this.catalog.operator(name), 'possibly');
  }

  protected attribute(name: string): void {
    if (this.catalog.attribute(name)) this.function([name]);
  }

  /** @param mode `run` for what isn't volatile: it may be evaluated while planning, and so may all that it calls */
  #facts(name: string, facts: Facts | undefined, writes: Writes, mode = this.#place.mode): void {
    if (facts === undefined) return;
    this.#through(name, mode, () => {
      if (facts.problem !== undefined) this.#found(facts.problem, writes, name);
      for (const definition of facts.definitions) {
        if (this.#isNew(definition)) this.#read(name, this.definitions.statements(definition));
      }
      for (const { text } of facts.bodies ?? []) {
        if (this.#isNew(text)) this.#words(this.definitions.words(text));
      }
    });
  }

  /** Looks at what a name stands for: a definition has names of its own. */
  #through(name: string, mode: Place['mode'], inspect: () => void): void {
    this.#at({ mode, within: this.#place.within ?? name }, inspect);
  }

  #read(name: string, statements: Tree[] | undefined): void {
    if (statements === undefined) this.#found('unparseable-definition', 'possibly', name);
    else this.walkApart(statements);
  }

  #isNew(definition: string): boolean {
    const key = `${this.#place.mode} ${definition}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  /**
   * A procedural function is read word by word, strings and comments too: whatever of it is SQL, the names of what it
   * uses are among them. Such a function isn't declared volatile, so what it calls is what matters.
   */
  #words(words: Word[]): void {
    for (const { text, kind } of words) {
      if (kind === 'operator') this.operator(text);
      else if (kind === 'statement') this.#found('statement-in-function', 'certainly', text.toUpperCase());
      else if (kind === 'dynamic') this.#found('dynamic-sql', 'possibly', text.toUpperCase());
      else if (kind === 'lock') this.#found('locking-clause', 'never');
      else {
        if (kind === 'call' && this.catalog.volatility(text) !== undefined) this.function([text]);
        else this.attribute(text);
        if (isLocalRelation(text)) this.#found('server-view', 'never', text);
        this.#facts(text, this.catalog.relation(text), 'never');
        this.type([text]);
      }
    }
  }
}
