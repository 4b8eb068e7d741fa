import type { Tree } from './parse.js';

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
