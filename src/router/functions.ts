/** What PostgreSQL's own functions do that `pg_proc.provolatile` doesn't tell. */

/**
 * Volatile by declaration, yet as right on a standby as on the primary: they change nothing and remember nothing.
 * The sizes are of files that a standby has as well.
 */
const HARMLESS = new Set([
  'random',
  'random_normal',
  'clock_timestamp',
  'timeofday',
  'gen_random_uuid',
  'gen_random_bytes',
  'gen_salt',
  'uuidv4',
  'uuidv7',
  'uuid_generate_v1',
  'uuid_generate_v1mc',
  'uuid_generate_v4',
  'pg_sleep',
  'pg_sleep_for',
  'pg_sleep_until',
  'pg_is_in_recovery',
  'pg_relation_size',
  'pg_table_size',
  'pg_total_relation_size',
  'pg_indexes_size',
  'pg_database_size',
  'pg_tablespace_size',
  'pg_partition_tree',
  'pg_partition_ancestors',
]);

/** Change something that outlives the statement. */
const WRITING =
  /^(nextval|setval|pg_logical_emit_message|pg_import_system_collations|dblink_exec|pg_file_write|pg_largeobject.*|lo_(import|export|unlink|creat|create|put|from_bytea|truncate|truncate64)|lowrite|pg_(create|drop|copy|advance)_.*|pg_replication_(origin|slot)_.*|pg_logical_(slot_get|slot_peek).*|pg_stat_reset.*|.*_stats_reset|pg_stat_statements_reset|pg_clear_.*|pg_restore_.*|brin_(de)?summarize.*|gin_clean_pending_list)$/;

/**
 * Read or change the state of one session or one server: refused by a standby, or answered there and not what was
 * meant (a lock that protects nothing, a setting of another connection, another server's statistics).
 */
const LOCAL_STATE =
  /^(currval|lastval|pg_sequence_last_value|pg_get_sequence_data|set_config|setseed|pg_notify|pg_listening_channels|pg_(try_)?advisory_.*|txid_current|pg_current_xact_id|pg_export_snapshot|pg_stat_.*|pg_walfile_name|pg_walfile_name_offset|pg_split_walfile_name|pg_switch_wal|pg_current_wal_.*|pg_create_restore_point|pg_(backup|start_backup|stop_backup).*|pg_wal_replay_.*|pg_promote|pg_reload_conf|pg_rotate_logfile|pg_(cancel|terminate)_backend|pg_log_backend_memory_contexts|pg_(ls|read|stat)_.*|pg_(prewarm|buffercache).*|autoprewarm_.*|dblink.*|lo_(open|close|get|lseek|lseek64|tell|tell64)|loread|pg_cursor|pg_prepared_statement|pg_prepared_xact|pg_lock_status|pg_blocking_pids|pg_xact_commit_timestamp|pg_last_committed_xact|pg_xact_status|txid_status|query_to_xml.*|cursor_to_xml.*|ts_stat)$/;

/** Whether a volatile function that PostgreSQL or an extension ships may run on a standby. */
export function isHarmless(name: string): boolean {
  return HARMLESS.has(name);
}

/** What the deny-list says of a function, whatever its volatility. */
export function denied(name: string): { reason: string; writes: 'never' | 'certainly' } | undefined {
  if (WRITING.test(name)) return { reason: 'writing function', writes: 'certainly' };
  if (LOCAL_STATE.test(name)) return { reason: 'function of session or server state', writes: 'never' };
  return undefined;
}

const LOCAL_RELATION =
  /^pg_(stat|statio)_|^pg_(locks|cursors|prepared_statements|prepared_xacts|replication_slots|sequences|file_settings|hba_file_rules|shmem_allocations.*|backend_memory_contexts|aios|wait_events)$/;

/** System views that answer for the server or connection they run on, or for a sequence as a standby sees it. */
export function isLocalRelation(name: string): boolean {
  return LOCAL_RELATION.test(name);
}
