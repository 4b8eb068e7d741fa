/** Why a request went where it went: the codes that steer and are counted, and the words that people read. */
export const ROUTE_REASONS = {
  write: 'a write',
  'misdeclared-write': 'a write that was declared as something else',
  realtime: 'must be up to date',
  'policy-primary': 'the policy sends it to the primary',
  'policy-replica': 'the policy sends it to a replica',
  'primary-share': 'the share that the policy keeps on the primary',
  sticky: 'its session wrote a moment ago',
  hint: 'a comment in it says so',
  transaction: 'part of a transaction',
  'session-state': 'its client has set something in its session',
  'no-replica': 'there is no replica',
  'fallback-unhealthy': 'fell back: no healthy replica',
  'fallback-lag': 'fell back: the replica was too far behind',
  'fallback-behind': 'fell back: no replica had replayed in time what the session had seen',
  'fallback-error': 'fell back: the replica failed',
  unsafe: 'not certain to be right on a replica',
  learned: 'a replica refused it before',
} as const;

export type RouteReason = keyof typeof ROUTE_REASONS;

/** Why the primary answered a request that was on its way to a replica. */
export type FallbackReason = Extract<RouteReason, `fallback-${string}`>;
