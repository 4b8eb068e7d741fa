import type { LoadError } from './run.js';

/** Of PostgreSQL: no such schema, no right to it, no such function, no such table. */
const LOST = new Set(['3F000', '42501', '42883', '42P01']);

/** Whether an error says that a name means nothing to whoever said it, or is not for them. */
export function isLostName(code: string): boolean {
  return LOST.has(code.split(' ', 1)[0]!);
}

/** Whether most of these errors are of that kind: then it isn't load that statements fail of. */
export function mostlyLostNames(errors: readonly Pick<LoadError, 'code' | 'count'>[]): boolean {
  let all = 0;
  let lost = 0;
  for (const { code, count } of errors) {
    all += count;
    if (isLostName(code)) lost += count;
  }
  return lost > all / 2;
}

/** What to do about it. */
export const LOST_NAMES_ADVICE =
  'Names are not found, or access to them is denied: either the sessions lack the search_path and rights of the roles in the log, ' +
  'which --globals FILE supplies ("pg_dumpall -g" writes it) and on servers of yours the role in their URLs has to have, ' +
  'or the data is of another database or time.';
