import {
  CLEARED_FOR_GOOD,
  isCustomSetting,
  NO_EFFECT,
  NOT_RESET_BY_ALL,
  type SessionEffect,
  type SessionState,
  type TransactionEffect,
} from './effect.js';
import { KeptCode } from './kept-code.js';
import { fieldsOf, hasNode, names, nodeName, type Tree } from './parse.js';
import { mayNameTemporary } from './session-functions.js';

/** What a statement does to its session by what it is; what it runs is aside. */
export function effectOfStatement(statement: Tree): SessionEffect {
  const name = nodeName(statement);
  const fields = statement[name] as Tree;
  switch (name) {
    case 'TransactionStmt': {
      const transaction = transactionEffect(fields);
      return {
        ...NO_EFFECT,
        transaction,
        onlySets: /^(begin|savepoint|release)$/.test(transaction?.kind ?? ''),
      };
    }
    case 'VariableShowStmt':
      return { ...NO_EFFECT, onlySets: true };
    case 'VariableSetStmt':
      return settingEffect(fields);
    case 'DiscardStmt':
      return { ...NO_EFFECT, ...discarded(String(fields.target)) };
    case 'PrepareStmt':
      return { ...NO_EFFECT, leaves: ['prepared-statements'], handlesPrepared: true };
    case 'ExecuteStmt':
      return { ...NO_EFFECT, handlesPrepared: true };
    case 'DeallocateStmt':
      return {
        ...NO_EFFECT,
        clears: fields.name === undefined ? ['prepared-statements'] : [],
        handlesPrepared: true,
      };
    case 'DeclareCursorStmt':
      // CURSOR_OPT_HOLD
      return (Number(fields.options ?? 0) & 0x20) !== 0
        ? { ...NO_EFFECT, leaves: ['cursors'], primaryOnly: 'DECLARE CURSOR WITH HOLD' }
        : NO_EFFECT;
    case 'ClosePortalStmt':
      return fields.portalname === undefined ? { ...NO_EFFECT, clears: ['cursors'] } : NO_EFFECT;
    case 'ListenStmt':
      return { ...NO_EFFECT, leaves: ['listening'], primaryOnly: 'LISTEN' };
    case 'UnlistenStmt':
      return {
        ...NO_EFFECT,
        clears: fields.conditionname === undefined ? ['listening'] : [],
        primaryOnly: 'UNLISTEN',
      };
    case 'NotifyStmt':
      return { ...NO_EFFECT, primaryOnly: 'NOTIFY' };
    case 'LoadStmt':
      return { ...NO_EFFECT, leaves: ['unknown'] };
    case 'CopyStmt':
      return {
        ...NO_EFFECT,
        copiesIn: fields.is_from === true && fields.filename === undefined && fields.is_program !== true,
      };
  }
  const effect: SessionEffect = makesTemporary(statement)
    ? { ...NO_EFFECT, leaves: ['temporary-objects'] }
    : NO_EFFECT;
  return listsPrepared(statement) ? { ...effect, handlesPrepared: true } : effect;
}

function listsPrepared(statement: Tree): boolean {
  return hasNode(statement, ({ relname }) => relname === 'pg_prepared_statements');
}

/** What the statements of a text come to, in their order; undefined for one that can't be parsed is the caller's. */
export function combined(effects: readonly SessionEffect[]): SessionEffect {
  if (effects.length === 0) return NO_EFFECT;
  if (effects.length === 1) return effects[0]!;
  const leaves = new Set<SessionState>();
  const passing = new Set<SessionState>();
  const clears = new Set<SessionState>();
  const settings = new Set<string>();
  const resets = new Set<string>();
  const kept = new KeptCode();
  for (const effect of effects) {
    kept.note(effect.leaves);
    kept.clear(effect.clears);
    if (effect.transaction?.kind.startsWith('rollback')) {
      // What was cleared before is there again, but for what no transaction brings back.
      for (const state of clears) if (!CLEARED_FOR_GOOD.has(state)) clears.delete(state);
      resets.clear();
    }
    for (const state of effect.clears) {
      clears.add(state);
      if (!kept.mayLeave(state) && leaves.delete(state)) passing.add(state);
    }
    const resetsAll = effect.clears.includes('settings');
    for (const setting of settings) {
      const isReset = effect.resets.includes(setting) || (resetsAll && !NOT_RESET_BY_ALL.has(setting));
      if (isReset && !isCustomSetting(setting) && !kept.mayLeave('settings')) settings.delete(setting);
    }
    for (const setting of effect.resets) resets.add(setting);
    for (const state of effect.leaves) leaves.add(state);
    for (const setting of effect.settings) settings.add(setting);
    if (settings.size > 0) leaves.add('settings');
  }
  return {
    transaction: combinedTransaction(effects.map(({ transaction }) => transaction)),
    leaves: [...leaves],
    passing: [...passing],
    clears: [...clears],
    settings: [...settings],
    resets: [...resets],
    handlesPrepared: effects.some(({ handlesPrepared }) => handlesPrepared),
    readsSequences: combinedReads(effects),
    primaryOnly: effects.find(({ primaryOnly }) => primaryOnly !== undefined)?.primaryOnly,
    onlySets: effects.every(({ onlySets }) => onlySets),
    setsCommit: effects.some(({ setsCommit }) => setsCommit),
    copiesIn: effects.some(({ copiesIn }) => copiesIn),
  };
}

/** A number that the text itself has drawn before it asks for it is its own, wherever it runs. */
function combinedReads(effects: readonly SessionEffect[]): SessionEffect['readsSequences'] {
  const drawn = effects.findIndex(({ leaves }) => leaves.includes('sequences'));
  const before = drawn < 0 ? effects : effects.slice(0, drawn + 1);
  if (before.some(({ readsSequences }) => readsSequences === 'directly')) return 'directly';
  return effects.some(({ readsSequences }) => readsSequences !== undefined) ? 'within' : undefined;
}

/** The one that matters for what follows the text. */
function combinedTransaction(
  effects: readonly (TransactionEffect | undefined)[],
): TransactionEffect | undefined {
  let result: TransactionEffect | undefined;
  let begunHere = false;
  for (const effect of effects) {
    if (effect === undefined) continue;
    if (effect.kind === 'begin') begunHere = true;
    const ends = (effect.kind === 'commit' || effect.kind === 'rollback') && !effect.chain;
    if (ends && begunHere) {
      begunHere = false;
      result = undefined;
    } else if (/^(begin|commit|rollback)$/.test(effect.kind) || result === undefined) result = effect;
  }
  return result;
}

/** SET LOCAL and SET TRANSACTION end with the transaction. */
function settingEffect({ kind, name, is_local, args }: Tree): SessionEffect {
  if (kind === 'VAR_RESET_ALL') return { ...NO_EFFECT, clears: ['settings'], onlySets: true };
  const setting = typeof name === 'string' ? name.toLowerCase() : '*';
  const setsCommit = setting === 'synchronous_commit';
  if (setting === 'transaction' || setting === 'transaction snapshot') {
    return { ...NO_EFFECT, primaryOnly: primaryOnlyOption(setting, args), onlySets: true };
  }
  const first = fieldsOf(fieldsOf((args as Tree[] | undefined)?.[0], 'A_Const'), 'sval')?.sval;
  // These are the transaction's, and end with it.
  if (/^transaction_(read_only|isolation|deferrable)$/.test(setting)) {
    const isHarmless = /^(on|true|yes|read (un)?committed|repeatable read)$/i.test(String(first));
    return { ...NO_EFFECT, primaryOnly: isHarmless ? undefined : `SET ${setting}`, onlySets: true };
  }
  if (is_local === true) return { ...NO_EFFECT, setsCommit, onlySets: true };
  if (kind === 'VAR_RESET' || kind === 'VAR_SET_DEFAULT') {
    return { ...NO_EFFECT, resets: [setting], setsCommit, onlySets: true };
  }
  const leaves: SessionState[] = mayNameTemporary(setting, String(first))
    ? ['settings', 'temporary-objects']
    : ['settings'];
  return { ...NO_EFFECT, leaves, settings: [setting], setsCommit, onlySets: true };
}

/** What a standby refuses in SET TRANSACTION. */
function primaryOnlyOption(setting: string, args: unknown): string | undefined {
  if (setting === 'transaction snapshot') return 'SET TRANSACTION SNAPSHOT';
  const { readOnly, serializable } = transactionOptions(args);
  if (readOnly === false) return 'SET TRANSACTION READ WRITE';
  return serializable ? 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE' : undefined;
}

const DISCARDED: Record<string, SessionState[]> = {
  DISCARD_ALL: [
    'settings',
    'prepared-statements',
    'cursors',
    'temporary-objects',
    'advisory-locks',
    'listening',
    'sequences',
  ],
  DISCARD_TEMP: ['temporary-objects'],
  DISCARD_SEQUENCES: ['sequences'],
};

function discarded(target: string): Partial<SessionEffect> {
  const clears = DISCARDED[target] ?? [];
  return target === 'DISCARD_ALL'
    ? { clears, resets: [...NOT_RESET_BY_ALL], handlesPrepared: true }
    : { clears };
}

function transactionEffect(transaction: Tree): TransactionEffect | undefined {
  const chain = transaction.chain === true;
  const name = String(transaction.savepoint_name ?? '');
  switch (transaction.kind) {
    case 'TRANS_STMT_BEGIN':
    case 'TRANS_STMT_START': {
      const { readOnly = false, serializable } = transactionOptions(transaction.options);
      return { kind: 'begin', readOnly, serializable };
    }
    case 'TRANS_STMT_COMMIT':
      return { kind: 'commit', chain };
    case 'TRANS_STMT_PREPARE':
      return { kind: 'commit', chain: false };
    case 'TRANS_STMT_ROLLBACK':
      return { kind: 'rollback', chain };
    case 'TRANS_STMT_SAVEPOINT':
      return { kind: 'savepoint', name };
    case 'TRANS_STMT_RELEASE':
      return { kind: 'release', name };
    case 'TRANS_STMT_ROLLBACK_TO':
      return { kind: 'rollback-to', name };
    default:
      return undefined;
  }
}

/** Of several options of a kind the last counts. `readOnly` is undefined where nothing is said of it. */
function transactionOptions(options: unknown): { readOnly: boolean | undefined; serializable: boolean } {
  const result: { readOnly: boolean | undefined; serializable: boolean } = {
    readOnly: undefined,
    serializable: false,
  };
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

/** Whether a temporary object is made, or one used, that outlives the transaction. */
function makesTemporary(statement: Tree): boolean {
  const fields = statement[nodeName(statement)] as Tree;
  const isNamedSo = ['funcname', 'typeName', 'domainname', 'defnames'].some((field) =>
    isTemporarySchema(names(fields[field]).at(-2)),
  );
  if (isNamedSo) return true;
  return hasNode(statement, (node) => {
    const relation = (node.relation ??
      node.rel ??
      node.view ??
      node.sequence ??
      node.typevar ??
      node) as Tree;
    const isTemporary = relation.relpersistence === 't' || isTemporarySchema(relation.schemaname);
    return isTemporary && relation !== node && (node.oncommit ?? node.onCommit) !== 'ONCOMMIT_DROP';
  });
}

/** Whether what is in a schema is of one session only. */
export function isTemporarySchema(name: unknown): boolean {
  return typeof name === 'string' && name.startsWith('pg_temp');
}
