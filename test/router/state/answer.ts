import pg from 'pg';
import { RouterError } from '../../../src/router/index.js';

/** What came of a statement, as far as it must be the same everywhere. */
export type Answer = { results: Result[]; heard?: string[] } | { sqlState: string } | { refused: string };

interface Result {
  command: string | null;
  rowCount: number | null;
  fields: string[];
  rows: unknown[];
}

/** Of one statement, or of several in one text. */
export function answerOf(result: pg.QueryResult | pg.QueryResult[]): Answer {
  const results = Array.isArray(result) ? result : [result];
  return {
    results: results.map(({ command, rowCount, fields, rows }) => ({
      command,
      rowCount,
      fields: fields.map(({ name }) => name),
      rows,
    })),
  };
}

/** Errors of the server are an answer by their SQLSTATE, those of the router by their code; no other may come. */
export function answerOfError(error: unknown): Answer {
  if (error instanceof pg.DatabaseError) {
    // There is no such function or table in pg_temp: it depends on whether a connection ever had a temporary table.
    const { code = '' } = error;
    return { sqlState: /^(3F000|42883|42P01)$/.test(code) ? 'there is no such thing' : code };
  }
  if (error instanceof RouterError) return { refused: error.code };
  return { refused: `${error}` };
}

/** The identifier of the snapshot that a statement exported, taken out of its answer: every server has its own. */
export function takeSnapshot(answer: Answer): string | undefined {
  if (!('results' in answer)) return undefined;
  const rows = answer.results.flatMap((result) => result.rows) as { snapshot?: string }[];
  const row = rows.find(({ snapshot }) => snapshot !== undefined);
  const snapshot = row?.snapshot;
  if (row) row.snapshot = 'exported';
  return snapshot;
}
