import { fieldsOf, names, type Tree, walk } from './parse.js';

const NO_NAMES: ReadonlySet<string> = new Set();

/** Goes through a parse tree and tells of all that it uses: functions, relations, types and operators, by their names. */
export abstract class Uses {
  /** Names that WITH gives where the walk is: they hide relations. */
  #ctes = NO_NAMES;

  /** @param args the nodes of its arguments, if it is called with some */
  protected abstract function(path: string[], args?: unknown): void;
  /** @param range a RangeVar */
  protected abstract relation(range: Tree): void;
  protected abstract type(path: string[]): void;
  protected abstract operator(name: string): void;
  /** A name behind a dot: a column's, or a function's that is called so. */
  protected abstract attribute(name: string): void;
  /** Every node, by its own name or that of the field it is in. */
  protected abstract clause(name: string, node: Tree): void;

  protected walk(tree: unknown): void {
    walk(tree, this.#visit);
  }

  /** Goes through something that has names of its own. */
  protected walkApart(tree: unknown): void {
    this.#walkWith(NO_NAMES, tree);
  }

  #walkWith(ctes: ReadonlySet<string>, tree: unknown): void {
    const outer = this.#ctes;
    this.#ctes = ctes;
    walk(tree, this.#visit);
    this.#ctes = outer;
  }

  /** Each node tells of itself and, by its name, of the one it is in; it is looked into unless another way is taken. */
  readonly #visit = (node: Tree, name: string): boolean => {
    this.#use(name, node);
    this.clause(name, node);
    if (NAMES_ONLY.has(name)) return false;
    if (name === 'relation') {
      // What is written to, or sampled, is a table whatever WITH calls so.
      this.#walkWith(NO_NAMES, node);
      return false;
    }
    if (node.withClause !== undefined) {
      this.#visitWith(node);
      return false;
    }
    if (node.funcname !== undefined) this.function(names(node.funcname), node.args);
    else if (typeof node.relname === 'string') {
      if (node.schemaname !== undefined || !this.#ctes.has(node.relname)) this.relation(node);
    } else if (Array.isArray(node.names)) this.type(names(node.names));
    return true;
  };

  /** A name of WITH holds for what comes after it; with RECURSIVE in all of them. */
  #visitWith({ withClause, ...rest }: Tree): void {
    const { ctes, recursive } = withClause as { ctes: Tree[]; recursive?: boolean };
    const given = new Set(this.#ctes);
    const nameOf = (cte: Tree) => String(fieldsOf(cte, 'CommonTableExpr')?.ctename);
    if (recursive) for (const cte of ctes) given.add(nameOf(cte));
    for (const cte of ctes) {
      this.#walkWith(new Set(given), cte);
      given.add(nameOf(cte));
    }
    this.#walkWith(given, rest);
  }

  /** What a node uses without a name in its own fields. */
  #use(name: string, node: Tree): void {
    switch (name) {
      case 'A_Expr':
        this.#operators(names(node.name).at(-1));
        if (String(node.kind).includes('BETWEEN')) this.#operators('>=', '<=', '<', '>');
        return;
      case 'operName':
      case 'useOp':
        this.#operators(names(node).at(-1));
        return;
      case 'JoinExpr':
        if (node.isNatural || node.usingClause !== undefined) this.#operators('=');
        return;
      case 'CaseExpr':
        if (node.arg !== undefined) this.#operators('=');
        return;
      case 'SubLink':
        if (node.operName === undefined && node.testexpr !== undefined) this.#operators('=');
        return;
      case 'ColumnRef':
        if ((node.fields as unknown[]).length > 1) {
          for (const attribute of names(node.fields).slice(1)) this.attribute(attribute);
        }
        return;
      case 'indirection':
        for (const attribute of names(node)) this.attribute(attribute);
        return;
    }
  }

  #operators(...operators: (string | undefined)[]): void {
    for (const operator of operators) if (operator !== undefined) this.operator(operator);
  }
}

/** Their RangeVars are names of something new, or of what FROM has already named. */
const NAMES_ONLY = new Set(['into', 'intoClause', 'lockingClause', 'withClause']);
