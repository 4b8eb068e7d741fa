import { fieldsOf, hasNode, names, nodeName, parseStatements, type Tree } from './parse.js';

/** What a statement does to the session it runs in, which decides what may follow it on which connection. */
export type StatementKind =
  | { kind: 'begin'; readOnly: boolean; serializable: boolean }
  /** `chain`: the next transaction has begun already. */
  | { kind: 'commit' | 'rollback'; chain: boolean }
  /** `setting`: the one that a SET changes, where that is all it does. */
  | { kind: 'session-state'; setting?: string }
  | { kind: 'savepoint' | 'copy-data' | 'other' };

const OTHER: StatementKind = { kind: 'other' };
const SESSION_STATE: StatementKind = { kind: 'session-state' };

/**
 * What a player of recorded sessions must know of a statement: `session-state` pins the session's connection from
 * there on, `copy-data` waits for data, `begin` to `commit` or `rollback` is one connection's. Of several statements
 * in one text the one that matters most for what follows. `loadParser()` must have been awaited.
 */
export function statementKind(sql: string): StatementKind {
  try {
    return kindOfAll(parseStatements(sql) ?? []);
  } catch (error) {
    // Too deeply nested to be walked: an expression, and nothing that changes a session is one.
    if (error instanceof RangeError) return OTHER;
    throw error;
  }
}

function kindOfAll(statements: Tree[]): StatementKind {
  let result = OTHER;
  let begunHere = false;
  for (const statement of statements) {
    const kind = kindOf(statement);
    if (kind.kind === 'session-state') return statements.length === 1 ? kind : SESSION_STATE;
    if (kind.kind === 'copy-data') return kind;
    if (kind.kind === 'other') continue;
    if (kind.kind === 'begin') begunHere = true;
    const closesOwn = begunHere && (kind.kind === 'commit' || kind.kind === 'rollback') && !kind.chain;
    if (closesOwn) begunHere = false;
    if (closesOwn) result = OTHER;
    else if (kind.kind !== 'savepoint' || result.kind === 'other') result = kind;
  }
  return result;
}

const SESSION_STATEMENTS = new Set(
  `Discard Prepare Execute Deallocate DeclareCursor Fetch ClosePortal Listen Unlisten Load`
    .split(' ')
    .map((name) => `${name}Stmt`),
);

function kindOf(statement: Tree): StatementKind {
  const name = nodeName(statement);
  const fields = statement[name] as Tree;
  if (name === 'TransactionStmt') return transactionKind(fields);
  if (name === 'VariableSetStmt') return settingKind(fields);
  if (name === 'CopyStmt') {
    return fields.is_from && fields.filename === undefined && !fields.is_program
      ? { kind: 'copy-data' }
      : OTHER;
  }
  if (SESSION_STATEMENTS.has(name) || touchesSession(statement)) return SESSION_STATE;
  return OTHER;
}

/** SET LOCAL and SET TRANSACTION end with the transaction, which holds its connection anyway. */
function settingKind({ is_local, name }: Tree): StatementKind {
  if (is_local === true || name === 'TRANSACTION' || name === 'TRANSACTION SNAPSHOT') return OTHER;
  return typeof name === 'string' ? { kind: 'session-state', setting: name.toLowerCase() } : SESSION_STATE;
}

function transactionKind(transaction: Tree): StatementKind {
  const chain = transaction.chain === true;
  switch (transaction.kind) {
    case 'TRANS_STMT_BEGIN':
    case 'TRANS_STMT_START':
      return begin(transaction.options);
    case 'TRANS_STMT_COMMIT':
      return { kind: 'commit', chain };
    case 'TRANS_STMT_PREPARE':
      return { kind: 'commit', chain: false };
    case 'TRANS_STMT_ROLLBACK':
      return { kind: 'rollback', chain };
    case 'TRANS_STMT_SAVEPOINT':
    case 'TRANS_STMT_RELEASE':
    case 'TRANS_STMT_ROLLBACK_TO':
      return { kind: 'savepoint' };
    default:
      return OTHER;
  }
}

function begin(options: unknown): StatementKind {
  const result = { kind: 'begin' as const, readOnly: false, serializable: false };
  for (const option of Array.isArray(options) ? options : []) {
    const element = fieldsOf(option, 'DefElem');
    const constant = fieldsOf(element?.arg, 'A_Const');
    if (element?.defname === 'transaction_read_only') {
      result.readOnly = (fieldsOf(constant, 'ival')?.ival ?? 0) === 1;
    } else if (element?.defname === 'transaction_isolation') {
      result.serializable = String(fieldsOf(constant, 'sval')?.sval).toLowerCase() === 'serializable';
    }
  }
  return result;
}

const SESSION_FUNCTION = /^(pg_(try_)?advisory_(lock|unlock).*|setseed)$/;

/** Whether a temporary object is made anywhere in the tree, or a function called whose effect stays in the session. */
function touchesSession(statement: Tree): boolean {
  return hasNode(statement, ({ relpersistence, funcname, args }) => {
    if (relpersistence === 't') return true;
    const name = names(funcname).at(-1) ?? '';
    if (name !== 'set_config') return SESSION_FUNCTION.test(name);
    const [, , isLocal] = (args ?? []) as unknown[];
    return fieldsOf(fieldsOf(isLocal, 'A_Const'), 'boolval')?.boolval !== true;
  });
}
