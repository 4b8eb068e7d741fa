import { normalizeSql } from '../../router/sql/index.js';
import type { SqlEvent } from '../../workload/index.js';
import type { Performed } from './answer-log.js';
import { COMMIT_ROLLED_BACK, describeCode } from './error-codes.js';

/** Longest statement text in a list of errors. */
const MAX_OPERATION_LENGTH = 200;

/** A statement as it stands among errors: without its literals. */
export function operationOf(text: string): string {
  return normalizeSql(text).slice(0, MAX_OPERATION_LENGTH);
}

/** Compares how statements end with how they ended when they were captured. */
export class CapturedErrors {
  /** Sessions whose previous statement had failed. */
  private readonly failedBefore = new Set<number>();

  /** Call it for the statements of a session in their order. */
  compare({ session, sql, failed }: SqlEvent, performed: Performed): Performed {
    const failedBefore = this.failedBefore.has(session);
    if (failed === undefined) this.failedBefore.delete(session);
    else this.failedBefore.add(session);
    if (performed.end === 'skipped') return performed;
    if (performed.end === 'ok') {
      if (failed === undefined) return performed;
      return { ...performed, missing: { operation: operationOf(sql.text), code: describeCode(failed) } };
    }
    // In a transaction that had failed, only what ends it, in whole or to a savepoint, does not fail too. So a COMMIT that
    // follows a failure was a rollback in the capture as well.
    if (performed.code === COMMIT_ROLLED_BACK && failedBefore) return { ...performed, compared: 'same' };
    if (failed === undefined) return { ...performed, compared: 'new' };
    const capturedCode = describeCode(failed);
    if (performed.code === capturedCode) return { ...performed, compared: 'same' };
    return { ...performed, compared: 'changed', capturedCode };
  }

  /** A session has had its last statement. */
  forget(session: number): void {
    this.failedBefore.delete(session);
  }
}
