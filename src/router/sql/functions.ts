import type { ClassificationReason, Writes } from './classification.js';

/** What PostgreSQL's own functions, views and settings do that the catalog doesn't tell. */

/** Volatile by declaration, yet as right on a standby as on the primary: they change nothing and remember nothing. */
const HARMLESS = `random random_normal normal_rand array_sample array_shuffle gen_random_uuid gen_random_bytes
  gen_salt uuidv4 uuidv7 uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 pgp_sym_encrypt
  pgp_sym_encrypt_bytea pgp_pub_encrypt pgp_pub_encrypt_bytea clock_timestamp timeofday current_query pg_sleep
  pg_sleep_for pg_sleep_until pg_is_in_recovery pg_relation_size pg_table_size pg_total_relation_size
  pg_indexes_size pg_database_size pg_tablespace_size pg_partition_tree pg_partition_ancestors`.split(/\s+/);

/** Functions that run SQL given as their first argument (`crosstab`: the first two): as harmless as that text. */
const RUNS_TEXT =
  `query_to_xml query_to_xmlschema query_to_xml_and_xmlschema ts_stat crosstab crosstab2 crosstab3
  crosstab4`.split(/\s+/);

/** The arguments of a function that are text with a meaning: the index of each and the SQL that it comes to. */
export function textArguments(name: string): { index: number; sql: (text: string) => string }[] {
  // They make a value of the type that is named.
  if (name === 'pg_input_is_valid' || name === 'pg_input_error_info') {
    return [{ index: 1, sql: (text) => `SELECT NULL::${text}` }];
  }
  const texts = name === 'crosstab' ? [0, 1] : RUNS_TEXT.includes(name) ? [0] : [];
  return texts.map((index) => ({ index, sql: (text) => text }));
}

/** Whether a volatile function that PostgreSQL or an extension ships may run on a standby. */
export function isHarmless(name: string): boolean {
  return HARMLESS.includes(name) || RUNS_TEXT.includes(name);
}

/** Change something that outlives the statement. */
const WRITING =
  /^(nextval|setval|pg_logical_emit_message|pg_import_system_collations|dblink_exec|pg_file_write|pg_largeobject.*|lo_(import|export|unlink|creat|create|put|from_bytea|truncate|truncate64)|lowrite|pg_(create|drop|copy|advance)_.*|pg_replication_(origin|slot)_.*|pg_logical_(slot_get|slot_peek).*|pg_stat_reset.*|.*_stats_reset|pg_stat_statements_reset|pg_clear_.*|pg_restore_.*|brin_(de)?summarize.*|gin_clean_pending_list)$/;

/**
 * Read or change the state of one session or one server: refused by a standby, or answered there and not what was
 * meant (a lock that protects nothing, a setting of another connection, another server's statistics or processes).
 */
const LOCAL_STATE =
  /^(currval|lastval|pg_sequence_last_value|pg_get_sequence_data|set_config|setseed|pg_notify|pg_listening_channels|pg_(try_)?advisory_.*|txid_current|txid_current_snapshot|pg_current_xact_id|pg_current_snapshot|pg_export_snapshot|pg_stat_.*|pg_walfile_name|pg_walfile_name_offset|pg_split_walfile_name|pg_switch_wal|pg_current_wal_.*|pg_create_restore_point|pg_(backup|start_backup|stop_backup).*|pg_wal_replay_.*|pg_promote|pg_reload_conf|pg_rotate_logfile|pg_(cancel|terminate)_backend|pg_log_backend_memory_contexts|pg_(ls|read|stat)_.*|pg_(prewarm|buffercache).*|autoprewarm_.*|dblink.*|lo_(open|close|get|lseek|lseek64|tell|tell64)|loread|pg_cursor|pg_prepared_statement|pg_prepared_xact|pg_lock_status|pg_blocking_pids|pg_xact_commit_timestamp|pg_last_committed_xact|pg_xact_status|txid_status|pg_backend_pid|pg_my_temp_schema|pg_is_other_temp_schema|inet_server_(addr|port)|pg_postmaster_start_time|pg_conf_load_time|pg_show_all_settings|pg_tablespace_location|pg_get_replication_slots)$/;

/** Read whatever tables and views their arguments name, or make a value of a type that is known as they run only. */
const READS_BY_NAME =
  /^(connectby|xpath_table|ts_rewrite|cursor_to_xml.*|(table|schema|database)_to_xml.*|(domain|array|record|range|multirange)_(in|recv))$/;

/** What the deny-list says of a function, whatever its volatility. */
export function denied(name: string): { reason: ClassificationReason; writes: Writes } | undefined {
  if (WRITING.test(name)) return { reason: 'writing-function', writes: 'certainly' };
  if (LOCAL_STATE.test(name)) return { reason: 'local-function', writes: 'never' };
  if (READS_BY_NAME.test(name)) return { reason: 'reading-function', writes: 'possibly' };
  return undefined;
}

/** Sizes of files: those of an unlogged table aren't on a standby. `relation`: their argument is one relation. */
export function sizeOf(name: string): 'relation' | 'all' | undefined {
  if (/^pg_((total_)?relation|table|indexes)_size$/.test(name)) return 'relation';
  return /^pg_(database|tablespace)_size$/.test(name) ? 'all' : undefined;
}

const LOCAL_RELATION =
  /^pg_(stat|statio)_|^pg_(settings|locks|cursors|prepared_statements|prepared_xacts|replication_slots|replication_origin_status|sequences|file_settings|hba_file_rules|ident_file_mappings|shmem_allocations.*|dsm_registry_allocations|backend_memory_contexts|aios|wait_events)$/;

/** System views that answer for the server or connection they run on, or for a sequence as a standby sees it. */
export function isLocalRelation(name: string): boolean {
  return LOCAL_RELATION.test(name);
}

const LOCAL_SETTING =
  /^(all|in_hot_standby|transaction_read_only|data_directory|config_file|hba_file|ident_file|external_pid_file|port|listen_addresses|unix_socket_.*|cluster_name|primary_.*|recovery_.*|hot_standby.*|synchronous_standby_names|archive_.*|restore_command)$/i;

/** Settings that tell one server from another: SHOW of them asks for the primary's. */
export function isLocalSetting(name: string): boolean {
  return LOCAL_SETTING.test(name);
}
