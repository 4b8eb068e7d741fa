/** As the server knows them; READ UNCOMMITTED is READ COMMITTED there. */
export const ISOLATION_LEVELS = ['read committed', 'repeatable read', 'serializable'] as const;
export type IsolationLevel = (typeof ISOLATION_LEVELS)[number];
