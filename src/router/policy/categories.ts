export const READ_CATEGORIES = ['read', 'analytics', 'realtime'] as const;
export type ReadCategory = (typeof READ_CATEGORIES)[number];
export type RequestCategory = 'write' | ReadCategory;
