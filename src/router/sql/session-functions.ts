import { NO_EFFECT, type SessionEffect, UNKNOWN_CODE } from './effect.js';
import { denied, textArguments } from './functions.js';

/** What a call tells of its arguments, if anything: some are known only when it runs. */
export interface CallArguments {
  count: number;
  /** The text that an argument is, if it is a literal. */
  text(index: number): string | undefined;
  /** Whether an argument is the word `true`. */
  isTrue(index: number): boolean;
}

/** Other functions answer on a standby, or fail in a READ ONLY transaction wherever that runs. */
const PRIMARY_ONLY =
  /^(pg_(try_)?advisory_.*|pg_notify|pg_export_snapshot|txid_current|pg_current_xact_id|pg_current_wal_.*|pg_walfile_name.*|pg_switch_wal|pg_create_restore_point)$/;

/** They keep connections of their own, or change how all that follows in the session is recorded. */
const LEAVES_UNKNOWN = /^(dblink_connect|dblink_connect_u|pg_replication_origin_session_setup)$/;

/** What a function that PostgreSQL or an extension ships does to the session that calls it; undefined for nothing. */
export function effectOfFunction(name: string, args: CallArguments): SessionEffect | undefined {
  switch (name) {
    case 'set_config':
      return effectOfSetConfig(args);
    case 'set_limit':
      return { ...NO_EFFECT, leaves: ['settings'], settings: ['pg_trgm.similarity_threshold'] };
    case 'setseed':
      return { ...NO_EFFECT, leaves: ['random-seed'] };
    case 'nextval':
    case 'setval':
      return { ...NO_EFFECT, leaves: ['sequences'] };
    case 'currval':
    case 'lastval':
      return { ...NO_EFFECT, readsSequences: 'directly' };
  }
  const runsUnseen = textArguments(name).some(
    ({ index }) => index < Math.max(args.count, 1) && args.text(index) === undefined,
  );
  const readsUnseen = denied(name)?.reason === 'reading-function';
  if (runsUnseen || readsUnseen || LEAVES_UNKNOWN.test(name)) return UNKNOWN_CODE;
  if (!PRIMARY_ONLY.test(name)) return undefined;
  const locks = /^pg_(try_)?advisory_lock/.test(name);
  return { ...NO_EFFECT, leaves: locks ? ['advisory-locks'] : [], primaryOnly: name };
}

/** `set_config(name, value, is_local)` */
function effectOfSetConfig(args: CallArguments): SessionEffect {
  const setting = args.text(0)?.toLowerCase() ?? '*';
  const setsCommit = setting === '*' || setting === 'synchronous_commit';
  if (args.isTrue(2)) return { ...NO_EFFECT, setsCommit };
  const leaves: SessionEffect['leaves'] = mayNameTemporary(setting, args.text(1))
    ? ['settings', 'temporary-objects']
    : ['settings'];
  return { ...NO_EFFECT, leaves, settings: [setting], setsCommit };
}

/** Whether new objects may be temporary by a search_path of that value, whatever their statements say. */
export function mayNameTemporary(setting: string, value: string | undefined): boolean {
  if (setting !== 'search_path' && setting !== '*') return false;
  return value === undefined || /^[\s"]*pg_temp/i.test(value);
}
