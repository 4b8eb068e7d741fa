import { fieldsOf, names, type Tree, textArguments, walk } from '../../router/sql/index.js';

/**
 * What a literal or parameter is to its statement. `data`: it is compared with a column or stored in one. `text`: a string in it
 * is data as well, a number is not for certain. `code`: it is SQL in its turn. `word`: it steers the statement: a unit, a format,
 * a key of JSON, a LIMIT.
 */
export type Use = 'word' | 'code' | 'text' | 'data';

export interface Role {
  use: Use;
  /** Where it may stand without quotes: `SET app.user = ann`. */
  isBare?: boolean;
  /** How it is written: bytes as `decode` reads them, or a text of which only some parts are values. */
  form?: 'hex' | 'base64' | 'jsonpath' | 'xpath' | 'format';
  /** How it is compared, where that depends on more than whether it is equal. */
  by?: 'order' | 'pattern';
}

/** Of a statement's literals by where they begin, in bytes; of its parameters by their numbers. */
export interface Roles {
  literals: Map<number, Role>;
  parameters: Map<number, Role>;
}

const WORD: Role = { use: 'word' };
const CODE: Role = { use: 'code' };
const TEXT: Role = { use: 'text' };
const DATA: Role = { use: 'data' };
const XPATH: Role = { use: 'text', form: 'xpath' };
const JSONPATH: Role = { use: 'text', form: 'jsonpath' };

/** Types whose values are no strings, and nothing that is masked. */
const WORD_TYPES =
  /^(interval|time|timetz|bool|bit|varbit|oid|reg\w+|point|line|lseg|box|path|polygon|circle|(int4|int8|num|date|ts|tstz)(multi)?range|pg_lsn|xid8?)$/;

/** Arguments of functions that are words, by place, from 0; of `all` each. */
const WORD_ARGUMENTS: Record<string, number[] | 'all'> = {
  date_trunc: [0],
  date_part: [0],
  extract: [0],
  date_bin: [0],
  timezone: [0],
  to_char: [1],
  to_date: [1],
  to_timestamp: [1],
  to_number: [1],
  nextval: [0],
  currval: [0],
  setval: [0],
  current_setting: [0],
  encode: [1],
  decode: [1],
  convert_from: [1],
  convert_to: [1],
  pg_notify: [0],
  generate_series: 'all',
  to_tsvector: [0],
  to_tsquery: [0],
  plainto_tsquery: [0],
  phraseto_tsquery: [0],
  websearch_to_tsquery: [0],
  regexp_replace: [3],
  regexp_match: [2],
  regexp_matches: [2],
  regexp_split_to_array: [2],
  regexp_split_to_table: [2],
  jsonb_set: [1],
  jsonb_set_lax: [1],
  jsonb_insert: [1],
  jsonb_exists: [1],
  jsonb_exists_any: [1],
  jsonb_exists_all: [1],
  exist: [1],
  defined: [1],
  hstore: [0],
  jsonb_extract_path: 'all',
  jsonb_extract_path_text: 'all',
  json_extract_path: 'all',
  json_extract_path_text: 'all',
};
/** Arguments of which only some parts are values. */
const FORMED_ARGUMENTS: [RegExp, number, Role['form']][] = [
  [/^jsonb_path_/, 1, 'jsonpath'],
  [/^(xpath|xpath_exists|xmlexists)$/, 0, 'xpath'],
  [/^format$/, 0, 'format'],
];
const ENCODINGS = ['hex', 'base64'] as const;
/** Functions whose every other argument is a key. */
const BUILDERS = /^jsonb?_build_object$/;
/** Their first argument is the name of a configuration, where they have two. */
const CONFIGURED = /_tsquery$|^to_tsvector$/;

const JSON_ACCESS = /^(->>?|#>>?|\?[|&]?|#-)$/;
const JSON_PATH = /^@[?@]$/;
/** Equality, of a whole or of what is within. */
const EQUAL = /^(=|<>|@>|<@|&&)$/;
const ORDERED = /^(<|>|<=|>=)$/;
const PATTERN = /^!?~~?\*?$/;

/** What each literal and parameter of some statements is to them. What isn't told of is `text`. */
export function rolesIn(statements: Tree[]): Roles {
  const finder = new RoleFinder();
  for (const statement of statements) finder.visit(statement, TEXT);
  return finder.roles;
}

class RoleFinder {
  readonly roles: Roles = { literals: new Map(), parameters: new Map() };
  /** Within a query of the system catalogs: what it asks for is names, which stay. */
  #inCatalogs = false;

  /** @param role of a literal that the node is, be it cast, or in a list or row */
  visit(tree: unknown, role: Role): void {
    walk(tree, (node, name) => {
      const ways = WAYS[name];
      if (ways === undefined) return true;
      ways.call(this, node, role);
      return false;
    });
  }

  literal(location: number, role: Role): void {
    this.roles.literals.set(location, this.#inCatalogs ? WORD : role);
  }

  parameter(number: number, role: Role): void {
    const known = this.roles.parameters.get(number);
    const found = this.#inCatalogs ? WORD : role;
    if (known === undefined || weightOf(found) > weightOf(known)) this.roles.parameters.set(number, found);
  }

  /** @param fromClause what the query reads */
  query(fromClause: unknown, visit: () => void): void {
    const outer = this.#inCatalogs;
    if (fromClause !== undefined) this.#inCatalogs = readsCatalogsOnly(fromClause);
    visit();
    this.#inCatalogs = outer;
  }

  /** Each of some nodes as the same. */
  all(nodes: unknown, role: Role): void {
    for (const node of Array.isArray(nodes) ? nodes : []) this.visit(node, role);
  }
}

/** How what is in a node is visited, by the node's name. A node that isn't here hands on to what is in it. */
const WAYS: Record<string, (this: RoleFinder, node: Tree, role: Role) => void> = {
  A_Const({ location = 0 }, role) {
    this.literal(Number(location), role);
  },
  ParamRef({ number }, role) {
    this.parameter(Number(number), role);
  },
  TypeCast({ arg, typeName }, role) {
    const type = names((typeName as Tree).names).at(-1) ?? '';
    this.visit(arg, WORD_TYPES.test(type) ? WORD : type === 'jsonpath' ? JSONPATH : role);
  },
  FuncCall({ funcname, args, ...rest }) {
    const name = names(funcname).at(-1) ?? '';
    const list = Array.isArray(args) ? args : [];
    const places = Object.hasOwn(WORD_ARGUMENTS, name) ? WORD_ARGUMENTS[name]! : [];
    const isWord = (i: number) =>
      BUILDERS.test(name)
        ? i % 2 === 0
        : places === 'all' || (places.includes(i) && !(CONFIGURED.test(name) && list.length < 2));
    const isCode = (i: number) => textArguments(name).some(({ index }) => index === i);
    list.forEach((arg, i) => {
      const form =
        i === 0 && name === 'decode'
          ? encodingOf(list)
          : FORMED_ARGUMENTS.find(([functions, place]) => functions.test(name) && place === i)?.[2];
      const role = form ? { ...TEXT, form } : TEXT;
      this.visit(arg, isCode(i) ? CODE : isWord(i) || isSetting(name, i, list) ? WORD : role);
    });
    this.visit(rest, TEXT);
  },
  A_Expr({ kind, name: operator, lexpr: left, rexpr: right }) {
    const sign = names(operator).at(-1) ?? '';
    if (JSON_ACCESS.test(sign) || JSON_PATH.test(sign)) {
      this.visit(left, TEXT);
      this.visit(right, JSON_PATH.test(sign) ? JSONPATH : WORD);
      return;
    }
    const by =
      /BETWEEN/.test(String(kind)) || ORDERED.test(sign)
        ? 'order'
        : isPattern(kind, sign)
          ? 'pattern'
          : undefined;
    const compares = by !== undefined || EQUAL.test(sign);
    const role = (other: unknown): Role => {
      const form = encodingOfCall(other);
      return {
        use: compares && isColumn(other) ? 'data' : 'text',
        ...(by && { by }),
        ...(form && { form }),
      };
    };
    this.visit(left, role(right));
    this.visit(right, role(left));
  },
  SelectStmt({ limitCount, limitOffset, valuesLists, ...rest }, role) {
    this.query(rest.fromClause, () => {
      this.visit([limitCount, limitOffset], WORD);
      this.visit(valuesLists, role);
      this.visit(rest, TEXT);
    });
  },
  InsertStmt({ selectStmt, onConflictClause, returningList, ...rest }) {
    const { targetList, ...select } = fieldsOf(selectStmt, 'SelectStmt') ?? {};
    this.all(targetList, DATA);
    this.visit({ SelectStmt: select }, DATA);
    this.visit([{ onConflictClause }, returningList, rest], TEXT);
  },
  UpdateStmt({ targetList, ...rest }) {
    this.all(targetList, DATA);
    this.visit(rest, TEXT);
  },
  onConflictClause({ targetList, ...rest }) {
    this.all(targetList, DATA);
    this.visit(rest, TEXT);
  },
  MergeWhenClause({ targetList, values, ...rest }) {
    this.all(targetList, DATA);
    this.all(values, DATA);
    this.visit(rest, TEXT);
  },
  ExecuteStmt({ params }) {
    this.all(params, DATA);
  },
  VariableSetStmt({ name, args }) {
    this.visit(args, FREE_SETTING.test(String(name)) ? { use: 'text', isBare: true } : WORD);
  },
  /** A subscript that is a string is a key. */
  A_Indices({ lidx, uidx }) {
    for (const subscript of [lidx, uidx])
      this.visit(subscript, stringOf(subscript) === undefined ? TEXT : WORD);
  },
  RangeTableFunc({ rowexpr, columns, ...rest }) {
    this.visit(columns, TEXT);
    this.visit(rowexpr, XPATH);
    this.visit(rest, TEXT);
  },
  RangeTableFuncCol({ colexpr, coldefexpr }) {
    this.visit(colexpr, XPATH);
    this.visit(coldefexpr, TEXT);
  },
  JsonKeyValue({ key, value }) {
    this.visit(key, WORD);
    this.visit(value, TEXT);
  },
  JsonFuncExpr({ pathspec, ...rest }) {
    this.visit(pathspec, JSONPATH);
    this.visit(rest, TEXT);
  },
};

function readsCatalogsOnly(fromClause: unknown): boolean {
  const found = { catalogs: 0, others: 0 };
  walk(fromClause, (node, name) => {
    if (name !== 'RangeVar') return true;
    const { schemaname, relname } = node;
    const isCatalog =
      schemaname === undefined
        ? /^pg_/.test(String(relname))
        : /^(pg_catalog|information_schema)$/.test(String(schemaname));
    found[isCatalog ? 'catalogs' : 'others']++;
    return false;
  });
  return found.catalogs > 0 && found.others === 0;
}

function weightOf({ use, by, form }: Role): number {
  return { word: 0, code: 1, text: 2, data: 4 }[use] + (by || form ? 1 : 0);
}

/** A setting that may be anything: one of the application's own says who its user is, another how to connect. */
const FREE_SETTING = /\.|^(application_name|cluster_name)$|conninfo$|_command$/i;

/** Both arguments of `set_config('work_mem', '64MB', …)`, but not the value of `set_config('app.user', 'ann', …)`. */
function isSetting(name: string, place: number, args: unknown[]): boolean {
  if (name !== 'set_config' || place > 1) return false;
  return place === 0 || !FREE_SETTING.test(stringOf(args[0]) ?? '.');
}

/** How `encode(…)` or `decode(…)` writes bytes. */
function encodingOf(args: unknown[]): Role['form'] {
  return ENCODINGS.find((one) => one === stringOf(args[1]));
}

/** The same of what a value is compared with. */
function encodingOfCall(node: unknown): Role['form'] {
  const { funcname, args } = fieldsOf(node, 'FuncCall') ?? {};
  return names(funcname).at(-1) === 'encode' && Array.isArray(args) ? encodingOf(args) : undefined;
}

/** What a literal says. */
function stringOf(node: unknown): string | undefined {
  const text = fieldsOf(fieldsOf(node, 'A_Const'), 'sval')?.sval;
  return text === undefined ? undefined : String(text);
}

function isPattern(kind: unknown, sign: string): boolean {
  return /LIKE|SIMILAR/.test(String(kind)) || PATTERN.test(sign);
}

/** A column, or several in a row. */
function isColumn(node: unknown): boolean {
  const inner = fieldsOf(node, 'TypeCast') ?? fieldsOf(node, 'CollateClause');
  if (inner) return isColumn(inner.arg);
  const row = fieldsOf(node, 'RowExpr')?.args;
  if (Array.isArray(row)) return row.every(isColumn);
  return fieldsOf(node, 'ColumnRef') !== undefined;
}
