import type { ClassificationReason, Writes } from './classification.js';
import { nodeName, type Tree } from './parse.js';

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

/** Statements of one session, never for a pool's connection by chance: whether they write. */
export const SESSION_STATEMENTS: Record<string, Writes> = {
  VariableSetStmt: 'never',
  DiscardStmt: 'never',
  PrepareStmt: 'never',
  ExecuteStmt: 'possibly',
  DeallocateStmt: 'never',
  DeclareCursorStmt: 'never',
  FetchStmt: 'possibly',
  ClosePortalStmt: 'never',
  ListenStmt: 'never',
  UnlistenStmt: 'never',
  LoadStmt: 'never',
  NotifyStmt: 'never',
  LockStmt: 'never',
  ConstraintsSetStmt: 'never',
};

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
