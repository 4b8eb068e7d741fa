import type { Category } from '../record/pure.js';

/**
 * What a statement is for, in a comment behind it in the manner of sqlcommenter: the server's log and pg_stat_statements
 * keep it.
 * @see https://google.github.io/sqlcommenter/spec/
 */
export function withCategory(sql: string, category: Category): string {
  return `${sql} /*category='${category}'*/`;
}

/** The category that a comment declares, as far as a text cannot tell it by itself: `category='analytics'`. */
export function declaredCategory(comments: string): 'analytics' | 'realtime' | undefined {
  return /\bcategory='(analytics|realtime)'/.exec(comments)?.[1] as 'analytics' | 'realtime' | undefined;
}
