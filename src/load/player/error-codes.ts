/**
 * What the codes of errors mean that a replay is likely to meet: PostgreSQL's condition names (its appendix A), and the
 * router's refusals. Errors are told by these: a message would repeat the literals of a captured workload.
 */
const MEANINGS: Record<string, string> = {
  '08006': 'connection_failure',
  '0A000': 'feature_not_supported',
  '21000': 'cardinality_violation',
  '22001': 'string_data_right_truncation',
  '22003': 'numeric_value_out_of_range',
  '22007': 'invalid_datetime_format',
  '22012': 'division_by_zero',
  '22023': 'invalid_parameter_value',
  '22P02': 'invalid_text_representation',
  '22P05': 'untranslatable_character',
  '23502': 'not_null_violation',
  '23503': 'foreign_key_violation',
  '23505': 'unique_violation',
  '23514': 'check_violation',
  '23P01': 'exclusion_violation',
  '25001': 'active_sql_transaction',
  '25006': 'read_only_sql_transaction',
  '25P01': 'no_active_sql_transaction',
  '25P02': 'in_failed_sql_transaction',
  '26000': 'invalid_sql_statement_name',
  '28000': 'invalid_authorization_specification',
  '28P01': 'invalid_password',
  '34000': 'invalid_cursor_name',
  '3B001': 'invalid_savepoint_specification',
  '3D000': 'invalid_catalog_name',
  '3F000': 'invalid_schema_name',
  '40001': 'serialization_failure',
  '40P01': 'deadlock_detected',
  '42501': 'insufficient_privilege',
  '42601': 'syntax_error',
  '42701': 'duplicate_column',
  '42703': 'undefined_column',
  '42704': 'undefined_object',
  '42710': 'duplicate_object',
  '42723': 'duplicate_function',
  '42804': 'datatype_mismatch',
  '42809': 'wrong_object_type',
  '42883': 'undefined_function',
  '42P01': 'undefined_table',
  '42P02': 'undefined_parameter',
  '42P05': 'duplicate_prepared_statement',
  '42P07': 'duplicate_table',
  '42P08': 'ambiguous_parameter',
  '42P18': 'indeterminate_datatype',
  '53100': 'disk_full',
  '53200': 'out_of_memory',
  '53300': 'too_many_connections',
  '54001': 'statement_too_complex',
  '55000': 'object_not_in_prerequisite_state',
  '55006': 'object_in_use',
  '55P03': 'lock_not_available',
  '57014': 'query_canceled',
  '57P01': 'admin_shutdown',
  '57P02': 'crash_shutdown',
  '57P03': 'cannot_connect_now',
  '58P01': 'undefined_file',
  P0001: 'raise_exception',
  P0002: 'no_data_found',
  XX000: 'internal_error',
  // The router's
  ACQUIRE_TIMEOUT: 'none of the player’s own connections came free',
  NEEDS_PRIMARY: 'not on a replica',
};

/** The code of a COMMIT that PostgreSQL answered with ROLLBACK, since its transaction had failed. It is no error there. */
export const COMMIT_ROLLED_BACK = 'COMMIT rolled back';

/** `40P01 deadlock_detected`, or the bare code where nothing is known of it. */
export function describeCode(code: string): string {
  return Object.hasOwn(MEANINGS, code) ? `${code} ${MEANINGS[code]}` : code;
}
