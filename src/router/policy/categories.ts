export const READ_CATEGORIES = ['read', 'analytics', 'realtime'] as const;
export type ReadCategory = (typeof READ_CATEGORIES)[number];
export const CATEGORIES = ['write', ...READ_CATEGORIES] as const;
export type RequestCategory = (typeof CATEGORIES)[number];
