import { loadModule, parseSync } from 'libpg-query';

/** A node of PostgreSQL's raw parse tree, as libpg_query prints it in JSON. */
export type Tree = { [key: string]: unknown };

/**
 * Longer texts are not parsed. The parser recurses on the native stack, an overflow there damages the WebAssembly
 * module for good, and the cheapest way to one (`1+1+1...`) takes some 20,000 characters.
 */
export const MAX_SQL_LENGTH = 16_384;

/** Loads PostgreSQL's grammar (once per process); everything else in this file is synchronous after it. */
export async function loadParser(): Promise<void> {
  await loadModule();
}

/** Whether a text is given to the parser. PostgreSQL reads one up to its first NUL: what it runs would be another. */
export function isParseable(sql: string): boolean {
  return sql.length <= MAX_SQL_LENGTH && !sql.includes('\0');
}

/** Whether a text may hold more than one statement: a guess that needs no parsing, and misses none. */
export function mayBeSeveral(sql: string): boolean {
  return /;\s*\S/.test(sql);
}

/** The statements in a text, or undefined if it can't be parsed for certain. */
export function parseStatements(sql: string): Tree[] | undefined {
  if (!isParseable(sql)) return undefined;
  if (sql.trim() === '') return [];
  try {
    const { stmts = [] } = parseSync(sql);
    return stmts.map((raw) => raw.stmt as unknown as Tree);
  } catch {
    return undefined;
  }
}

/** Name of the node a tree is: the one key of `{"SelectStmt": {...}}`. */
export function nodeName(tree: Tree): string {
  return Object.keys(tree)[0] ?? '';
}

/** The fields of a node of that name, if the tree is one. */
export function fieldsOf(tree: unknown, name: string): Tree | undefined {
  return (tree as Tree | undefined)?.[name] as Tree | undefined;
}

/** `AlterTableStmt` is `ALTER TABLE`. */
export function commandOf(nodeName: string): string {
  return nodeName
    .replace(/Stmt$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase();
}

/** Name of the relation that a statement is about. */
export function relationName(relation: unknown): string | undefined {
  return (relation as Tree | undefined)?.relname as string | undefined;
}

/** The texts in a list of String nodes, such as a function's qualified name. */
export function names(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.map((item: Tree) => String(fieldsOf(item, 'String')?.sval ?? ''));
}

/** The text that a node is, if it is a string, cast (`::regclass`) or not. */
export function literalText(node: unknown): string | undefined {
  const cast = fieldsOf(node, 'TypeCast')?.arg;
  const value = fieldsOf(fieldsOf(cast ?? node, 'A_Const'), 'sval');
  return typeof value?.sval === 'string' ? value.sval : undefined;
}

/**
 * Is told of a node or list of a parse tree, and of the name it has there: a field of the node it is in (`relation`,
 * `lockingClause`), or its own (`SelectStmt`); '' in a list. What `false` is said of is not looked into.
 */
export type Visit = (node: Tree, name: string) => boolean | undefined;

/** Goes through a parse tree, each node before what is in it. May throw a RangeError: trees may be very deep. */
export function walk(tree: unknown, visit: Visit, name = ''): void {
  if (typeof tree !== 'object' || tree === null || visit(tree as Tree, name) === false) return;
  if (Array.isArray(tree)) for (const item of tree) walk(item, visit);
  else for (const field in tree) walk((tree as Tree)[field], visit, field);
}

/** Whether a tree has a node of which that is true. */
export function hasNode(tree: unknown, test: (node: Tree, name: string) => boolean): boolean {
  let found = false;
  walk(tree, (node, name) => {
    found ||= test(node, name);
    return !found;
  });
  return found;
}
