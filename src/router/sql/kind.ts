import type { ClassificationReason, Writes } from './classification.js';
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

/** Statements that change rows, by the reason that is for keeping them on the primary. */
export const DATA_STATEMENTS: Record<string, ClassificationReason> = {
  InsertStmt: 'insert',
  UpdateStmt: 'update',
  DeleteStmt: 'delete',
  MergeStmt: 'merge',
};

/** Whether a node is a statement that reads or changes rows. */
export function isQuery(nodeName: string): boolean {
  return nodeName === 'SelectStmt' || nodeName in DATA_STATEMENTS;
}

/** Statements of one session, never for a pool's connection by chance: whether they write, and leave something there. */
export const SESSION_STATEMENTS: Record<string, { writes: Writes; stays: boolean }> = {
  VariableSetStmt: { writes: 'never', stays: true },
  DiscardStmt: { writes: 'never', stays: true },
  PrepareStmt: { writes: 'never', stays: true },
  ExecuteStmt: { writes: 'possibly', stays: true },
  DeallocateStmt: { writes: 'never', stays: true },
  DeclareCursorStmt: { writes: 'never', stays: true },
  FetchStmt: { writes: 'possibly', stays: true },
  ClosePortalStmt: { writes: 'never', stays: true },
  ListenStmt: { writes: 'never', stays: true },
  UnlistenStmt: { writes: 'never', stays: true },
  LoadStmt: { writes: 'never', stays: true },
  NotifyStmt: { writes: 'never', stays: false },
  LockStmt: { writes: 'never', stays: false },
  ConstraintsSetStmt: { writes: 'never', stays: false },
};

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
  if (SESSION_STATEMENTS[name]?.stays || touchesSession(statement)) return SESSION_STATE;
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

/**
 * Statements after which a name may stand for something else than before. A block (`DO`) may run anything, and migrations
 * are written as such; a materialized view without data has some after a refresh.
 */
const CATALOG_STATEMENTS = `AlterDomain AlterExtensionContents AlterExtension AlterFunction AlterObjectSchema
  AlterOpFamily AlterOperator AlterPolicy AlterTable AlterType CompositeType CreateCast CreateDomain
  CreateExtension CreateForeignTable CreateFunction CreateOpClass CreateOpFamily CreatePolicy CreateRange
  CreateSchema CreateSeq Create CreateTableAs Define Do DropOwned Drop ImportForeignSchema RefreshMatView
  Rename Rule View`.split(/\s+/);

/** Whether a statement may change what a catalog knows of functions, relations, types and operators. */
export function changesCatalog(statement: Tree): boolean {
  const name = nodeName(statement);
  const fields = statement[name] as Tree;
  const into = (fields.into ?? fields.intoClause) as Tree | undefined;
  if (!CATALOG_STATEMENTS.includes(name.replace(/Stmt$/, '')) && into === undefined) return false;
  // Temporary tables are no part of it.
  const relation = (into?.rel ?? fields.relation) as Tree | undefined;
  return name === 'AlterTableStmt' || relation?.relpersistence !== 't';
}
