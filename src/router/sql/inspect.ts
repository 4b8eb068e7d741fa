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
import { commandOf, fieldsOf, names, parseStatements, relationName, type Tree, walk } from './parse.js';

/** Where in all that a query comes to the walk is. */
interface Place {
  /** `run`: it is executed. `plan`: only planned, which opens its relations and evaluates what isn't volatile. */
  mode: 'run' | 'plan';
  /** Name of the outermost view, function or type whose definition it is in: the one that the query shows. */
  within?: string;
  /** Names that WITH gives: they hide relations. */
  ctes: ReadonlySet<string>;
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** Looks for what keeps a query off a standby, at any depth, and through all that its names stand for. */
export class Inspection {
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
    this.#place = { mode, ctes: NO_NAMES };
  }

  of(tree: Tree): Classification | undefined {
    this.#facts('implicit call', this.catalog.anywhere, 'possibly');
    walk(tree, this.#visit);
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

  /** Each node tells of itself and, by its name, of the one it is in; it is looked into unless another way is taken. */
  readonly #visit = (node: Tree, name: string): boolean => {
    this.#use(name, node);
    if (NAMES_ONLY.has(name)) return false;
    if (name === 'relation') {
      // What is written to, or sampled, is a table whatever WITH calls so.
      this.#at({ ctes: NO_NAMES }, () => walk(node, this.#visit));
      return false;
    }
    if (node.withClause !== undefined) {
      this.#visitWith(node);
      return false;
    }
    if (node.funcname !== undefined) this.#function(names(node.funcname), node.args);
    else if (typeof node.relname === 'string') this.#relation(node);
    else if (Array.isArray(node.names)) this.#type(names(node.names));
    return true;
  };

  /** A name of WITH holds for what comes after it; with RECURSIVE in all of them. */
  #visitWith({ withClause, ...rest }: Tree): void {
    const { ctes, recursive } = withClause as { ctes: Tree[]; recursive?: boolean };
    const given = new Set(this.#place.ctes);
    const nameOf = (cte: Tree) => String(fieldsOf(cte, 'CommonTableExpr')?.ctename);
    if (recursive) for (const cte of ctes) given.add(nameOf(cte));
    for (const cte of ctes) {
      this.#at({ ctes: new Set(given) }, () => walk(cte, this.#visit));
      given.add(nameOf(cte));
    }
    this.#at({ ctes: given }, () => walk(rest, this.#visit));
  }

  /** What a node uses or does without a name in its own fields. */
  #use(name: string, node: Tree): void {
    switch (name) {
      case 'A_Expr':
        this.#operator(names(node.name).at(-1));
        if (String(node.kind).includes('BETWEEN')) {
          for (const operator of ['>=', '<=', '<', '>']) this.#operator(operator);
        }
        return;
      case 'operName':
      case 'useOp':
        this.#operator(names(node).at(-1));
        return;
      case 'JoinExpr':
        if (node.isNatural || node.usingClause !== undefined) this.#operator('=');
        return;
      case 'CaseExpr':
        if (node.arg !== undefined) this.#operator('=');
        return;
      case 'SubLink':
        if (node.operName === undefined && node.testexpr !== undefined) this.#operator('=');
        return;
      case 'ColumnRef':
        if ((node.fields as unknown[]).length > 1) this.#attributes(names(node.fields).slice(1));
        return;
      case 'indirection':
        this.#attributes(names(node));
        return;
    }
    if (this.#place.mode === 'plan') return;
    if (name === 'lockingClause') this.#found('locking-clause', 'never');
    else if (name === 'intoClause') this.#found('select-into', 'certainly');
    else if (name.endsWith('Stmt') && name !== 'SelectStmt' && /^[A-Z]/.test(name)) {
      this.#found('nested-write', 'certainly', relationName(node.relation) ?? commandOf(name));
    }
  }

  #function(path: string[], args?: unknown): void {
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
    this.#type(path);
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
    const cast = fieldsOf(argument, 'TypeCast')?.arg;
    const value = fieldsOf(fieldsOf(cast ?? argument, 'A_Const'), 'sval');
    return typeof value?.sval === 'string' ? value.sval : undefined;
  }

  #relation(range: Tree): void {
    const name = range.relname as string;
    const schema = range.schemaname as string | undefined;
    if (schema === undefined && this.#place.ctes.has(name)) return;
    if (schema?.startsWith('pg_temp') || range.relpersistence === 't') {
      this.#found('temporary-table', 'never', name);
    } else if (isLocalRelation(name)) this.#found('server-view', 'never', name);
    else if (!this.catalog.hasRelation(name, schema)) this.#found('unknown-relation', 'never', name);
    this.#facts(name, this.catalog.relation(name, schema), 'never');
    // Its rows are values of a type of its name.
    this.#type(schema === undefined ? [name] : [schema, name]);
  }

  #type(path: string[]): void {
    const name = path.at(-1) ?? '';
    if (path.at(-2)?.startsWith('pg_temp')) this.#found('temporary-type', 'never', name);
    const facts =
      this.catalog.type(name, path.at(-2)) ??
      // `_name` is the type of its arrays.
      (name.startsWith('_') ? this.catalog.type(name.slice(1), path.at(-2)) : undefined);
    this.#facts(name, facts, 'possibly', 'run');
  }

  #operator(name: string | undefined): void {
    if (name !== undefined) this.#facts(name, this.catalog.operator(name), 'possibly');
  }

  #attributes(path: string[]): void {
    for (const name of path) if (this.catalog.attribute(name)) this.#function([name]);
  }

  /** @param mode `run` for what isn't volatile: it may be evaluated while planning, and so may all that it calls */
  #facts(name: string, facts: Facts | undefined, writes: Writes, mode = this.#place.mode): void {
    if (facts === undefined) return;
    this.#through(name, mode, () => {
      if (facts.problem !== undefined) this.#found(facts.problem, writes, name);
      for (const definition of facts.definitions) {
        if (this.#isNew(definition)) this.#read(name, this.definitions.statements(definition));
      }
      for (const body of facts.bodies ?? []) if (this.#isNew(body)) this.#words(this.definitions.words(body));
    });
  }

  /** Looks at what a name stands for: a definition has names of its own. */
  #through(name: string, mode: Place['mode'], inspect: () => void): void {
    this.#at({ mode, within: this.#place.within ?? name, ctes: NO_NAMES }, inspect);
  }

  #read(name: string, statements: Tree[] | undefined): void {
    if (statements === undefined) this.#found('unparseable-definition', 'possibly', name);
    else walk(statements, this.#visit);
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
      if (kind === 'operator') this.#operator(text);
      else if (kind === 'statement') this.#found('statement-in-function', 'certainly', text.toUpperCase());
      else if (kind === 'dynamic') this.#found('dynamic-sql', 'possibly', text.toUpperCase());
      else if (kind === 'lock') this.#found('locking-clause', 'never');
      else {
        const isCall = kind === 'call' && this.catalog.volatility(text) !== undefined;
        if (isCall || this.catalog.attribute(text)) this.#function([text]);
        if (isLocalRelation(text)) this.#found('server-view', 'never', text);
        this.#facts(text, this.catalog.relation(text), 'never');
        this.#type([text]);
      }
    }
  }
}

/** Their RangeVars are names of something new, or of what FROM has already named. */
const NAMES_ONLY = new Set(['into', 'intoClause', 'lockingClause', 'withClause']);
