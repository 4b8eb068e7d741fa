import { fieldsOf, names, nodeName, parseStatements, type Tree } from '../../router/sql/index.js';
import type { KeyCatalog, KeyTable } from './catalog.js';

/** What a statement has to do with numbers of sequences. */
export interface KeyUses {
  /** Which it draws. */
  draws: Draw[];
  /** Where it has values for columns that hold them. */
  takes: Take[];
}

export interface Draw {
  /** A place in the catalog's `sequences`; null: the one that its session last drew from. */
  sequence: number | null;
  /** Whether it draws new ones; else it asks for the last one that its session drew. */
  isNew: boolean;
  /** How many, and the column of the result that has them; null where it answers with none, or that many can't be told. */
  answer: { rows: number; column: number } | null;
}

export interface Take {
  sequence: number;
  /** Whether the value is one of them; else it is a bound that they are compared with, which may be any. */
  isExact: boolean;
  /** A parameter (from 0), or the place of a literal among those in the text. */
  at: { parameter: number } | { literal: number };
}

/** Where names of a statement's part are looked up: what it is FROM. Of what the catalog doesn't have, no table is known. */
type Scope = { alias: string; table: KeyTable | undefined }[];

/** A query within another may be without its name: the tree has a field of it in every one. */
const STATEMENTS = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt']);
const COMPARES = new Set(['=', '<>', '<', '>', '<=', '>=']);

/**
 * What a statement has to do with numbers of sequences; null if nothing. The parser must be loaded.
 * @param literals byte offsets of the literals in the text
 */
export function keyUsesOf(text: string, literals: readonly number[], catalog: KeyCatalog): KeyUses | null {
  const statements = parseStatements(text);
  if (statements?.length !== 1) return null;
  try {
    const reader = new Reader(catalog, literals);
    reader.read(statements[0]!, []);
    reader.readFunctions(statements[0]!);
    const { draws, takes } = reader;
    return draws.length + takes.length > 0 ? { draws, takes } : null;
  } catch (error) {
    // A tree too deep to be walked.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

class Reader {
  readonly draws: Draw[] = [];
  readonly takes: Take[] = [];
  /** Names that stand for queries of the statement itself. */
  readonly #queries = new Set<string>();

  constructor(
    readonly catalog: KeyCatalog,
    readonly literals: readonly number[],
  ) {}

  /** @param scopes the innermost first */
  read(tree: unknown, scopes: readonly Scope[], name = ''): void {
    if (typeof tree !== 'object' || tree === null) return;
    if (Array.isArray(tree)) {
      for (const item of tree) this.read(item, scopes);
      return;
    }
    const fields = tree as Tree;
    let inner = scopes;
    if (STATEMENTS.has(name) || 'limitOption' in fields) {
      for (const cte of listOf((fields.withClause as Tree | undefined)?.ctes)) {
        this.#queries.add(String(fieldsOf(cte, 'CommonTableExpr')?.ctename));
      }
      inner = [this.#scopeOf(fields), ...scopes];
      if (name === 'InsertStmt') this.#readInsert(fields, inner);
      if (name === 'UpdateStmt') this.#readTargets(fields.targetList, inner[0]![0]?.table);
      const conflict = fields.onConflictClause as Tree | undefined;
      if (conflict) this.#readTargets(conflict.targetList, inner[0]![0]?.table);
    }
    if (name === 'A_Expr') this.#readComparison(fields, inner);
    for (const field in fields) this.read(fields[field], inner, field);
  }

  /** A text that is nothing but `SELECT nextval('orders_id_seq')`, `currval` of one, or `lastval()`. */
  readFunctions(statement: Tree): void {
    const select = fieldsOf(statement, 'SelectStmt');
    const targets = listOf(select?.targetList);
    if (targets.length !== 1 || select?.fromClause) return;
    const call = fieldsOf(fieldsOf(targets[0], 'ResTarget')?.val, 'FuncCall');
    const called = names(call?.funcname).at(-1);
    const answer = { rows: 1, column: 0 };
    if (called === 'lastval') this.draws.push({ sequence: null, isNew: false, answer });
    if (called !== 'nextval' && called !== 'currval') return;
    const [argument] = listOf(call?.args);
    const constant = fieldsOf(fieldsOf(argument, 'TypeCast')?.arg ?? argument, 'A_Const');
    const text = (constant?.sval as Tree | undefined)?.sval;
    const sequence = typeof text === 'string' ? this.#sequenceOf(text) : -1;
    if (sequence < 0) return;
    this.draws.push({ sequence, isNew: called === 'nextval', answer });
  }

  #sequenceOf(text: string): number {
    const parts = (text.match(/"(?:[^"]|"")+"|[^".]+/g) ?? []).map((part) =>
      part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase(),
    );
    return only(this.catalog.sequences, parts.at(-1), parts.at(-2));
  }

  #tableOf({ schemaname, relname }: Tree): KeyTable | undefined {
    if (schemaname === undefined && this.#queries.has(String(relname))) return undefined;
    return this.catalog.tables[only(this.catalog.tables, relname, schemaname)];
  }

  #scopeOf({ relation, fromClause, usingClause }: Tree): Scope {
    const scope: Scope = [];
    const add = (item: unknown) => {
      const join = fieldsOf(item, 'JoinExpr');
      const table = fieldsOf(item, 'RangeVar');
      if (join) {
        add(join.larg);
        add(join.rarg);
      } else if (table) {
        const alias = (table.alias as Tree | undefined)?.aliasname ?? table.relname;
        scope.push({ alias: String(alias), table: this.#tableOf(table) });
      } else {
        scope.push({ alias: '', table: undefined });
      }
    };
    if (relation) add({ RangeVar: relation });
    for (const item of [...listOf(fromClause), ...listOf(usingClause)]) add(item);
    return scope;
  }

  #readInsert({ cols, selectStmt, returningClause }: Tree, scopes: readonly Scope[]): void {
    const table = scopes[0]![0]?.table;
    if (!table) return;
    const named = listOf(cols).map((col) => String(fieldsOf(col, 'ResTarget')?.name));
    const columns = named.length > 0 ? named : table.columns.map(({ name }) => name);
    const select = fieldsOf(selectStmt, 'SelectStmt');
    const lists = listOf(select?.valuesLists).map((list) => listOf(fieldsOf(list, 'List')?.items));
    const selected = listOf(select?.targetList).map((target) => fieldsOf(target, 'ResTarget')?.val);
    const rows = lists.length > 0 ? lists : [selected];
    for (const row of rows) {
      for (const [index, value] of row.entries()) {
        this.#take(value, sequenceIn(table, columns[index]));
      }
    }
    for (const { name, sequence, draws } of table.columns) {
      if (!draws || sequence === undefined) continue;
      const index = columns.indexOf(name);
      const isDefault = (row: unknown[]) => index < 0 || index >= row.length || isDefaultValue(row[index]);
      if (!rows.every(isDefault)) continue;
      const column = this.#answeredAt((returningClause as Tree | undefined)?.exprs, table, name);
      // What an INSERT within another statement answers, that statement alone can tell.
      const isCounted = scopes.length === 1 && (lists.length > 0 || !select);
      const answer = column >= 0 && isCounted ? { rows: Math.max(1, lists.length), column } : null;
      this.draws.push({ sequence, isNew: true, answer });
    }
  }

  /** The column of a RETURNING list that has a column of the table; -1 if none is sure to. */
  #answeredAt(returning: unknown, table: KeyTable, name: string): number {
    let at = 0;
    for (const target of listOf(returning)) {
      const fields = listOf(fieldsOf(fieldsOf(target, 'ResTarget')?.val, 'ColumnRef')?.fields);
      const last = fields.at(-1);
      if (last && nodeName(last as Tree) === 'A_Star') {
        const within = table.columns.findIndex((column) => column.name === name);
        return at + within;
      }
      if (names(fields).at(-1) === name) return at;
      at++;
    }
    return -1;
  }

  /** Of SET in an UPDATE. */
  #readTargets(targets: unknown, table: KeyTable | undefined): void {
    for (const target of listOf(targets)) {
      const { name, val } = fieldsOf(target, 'ResTarget') ?? {};
      this.#take(val, sequenceIn(table, name));
    }
  }

  #readComparison({ kind, name, lexpr, rexpr }: Tree, scopes: readonly Scope[]): void {
    if (kind !== 'AEXPR_OP' && kind !== 'AEXPR_IN' && kind !== 'AEXPR_OP_ANY') return;
    const operator = names(name).at(-1) ?? '';
    if (!COMPARES.has(operator)) return;
    const isExact = operator === '=';
    const left = this.#sequenceAt(lexpr, scopes);
    this.#take(rexpr, left, isExact);
    if (left === undefined) this.#take(lexpr, this.#sequenceAt(rexpr, scopes), isExact);
  }

  /** Whose numbers the column holds that an expression is. */
  #sequenceAt(expression: unknown, scopes: readonly Scope[]): number | undefined {
    const reference =
      fieldsOf(expression, 'ColumnRef') ?? fieldsOf(fieldsOf(expression, 'TypeCast')?.arg, 'ColumnRef');
    if (!reference) return undefined;
    const path = names(reference.fields);
    const column = path.at(-1);
    const alias = path.at(-2);
    for (const scope of scopes) {
      const found =
        alias === undefined
          ? scope.find(({ table }) => table?.columns.some(({ name }) => name === column))
          : scope.find((source) => source.alias === alias);
      if (found) return sequenceIn(found.table, column);
      // It may be of what nothing is known of.
      if (alias === undefined && scope.some(({ table }) => !table)) return undefined;
    }
    return undefined;
  }

  /** Notes the parameters and literals that a value is made of. */
  #take(value: unknown, sequence: number | undefined, isExact = true): void {
    if (sequence === undefined || typeof value !== 'object' || value === null) return;
    const [kind, node] = Object.entries(value)[0] as [string, Tree];
    switch (kind) {
      case 'TypeCast':
        this.#take(node.arg, sequence, isExact);
        return;
      case 'List':
      case 'A_ArrayExpr':
        for (const item of listOf(node.items ?? node.elements)) this.#take(item, sequence, isExact);
        return;
      case 'ParamRef':
        if (Number(node.number) > 0)
          this.takes.push({ sequence, isExact, at: { parameter: Number(node.number) - 1 } });
        return;
      case 'A_Const': {
        const literal = this.literals.indexOf(Number(node.location ?? 0));
        if (literal >= 0) this.takes.push({ sequence, isExact, at: { literal } });
      }
    }
  }
}

function listOf(list: unknown): unknown[] {
  return Array.isArray(list) ? list : [];
}

function isDefaultValue(value: unknown): boolean {
  return fieldsOf(value, 'SetToDefault') !== undefined;
}

function sequenceIn(table: KeyTable | undefined, column: unknown): number | undefined {
  return table?.columns.find(({ name }) => name === column)?.sequence;
}

/** The place of the only one of that name, in that schema if it is said; -1 where there is none, or more. */
function only(list: readonly { schema: string; name: string }[], name: unknown, schema: unknown): number {
  const isIt = (each: { schema: string; name: string }) =>
    each.name === name && (schema === undefined || each.schema === schema);
  const index = list.findIndex(isIt);
  return index >= 0 && list.slice(index + 1).some(isIt) ? -1 : index;
}
