/** A routing policy is data: which category of request goes where, and how stale it may be. */

export type RequestCategory = 'write' | 'read' | 'analytics' | 'realtime';

/** `none`: any replica, any time. `delay`: the primary for `delayMs` after the session's last write. */
export type ConsistencyMode = 'none' | 'delay';

export interface RouteRule {
  target: 'primary' | 'replica';
  /** Share of the requests (0..1) kept on the primary although a replica could answer: by a counter, so a half is a half. */
  primaryShare?: number;
  consistency?: ConsistencyMode;
  /** For `delay`: how long reads stay on the primary after a write of their session. Default 2000. */
  delayMs?: number;
  /** A replica further behind than this is not used for these requests. Default: the router's limit. */
  maxLagMs?: number;
}

export interface RoutingPolicy {
  name: string;
  description: string;
  /** Writes always go to the primary, whatever stands here. */
  categories: Record<Exclude<RequestCategory, 'write'>, RouteRule>;
  /** Finer rules by the `group` a request names (`history`, `jobs`...); they win over the category's. */
  groups?: Record<string, RouteRule>;
}
