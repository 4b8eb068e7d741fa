import type { PrimaryProtection } from '../nodes/protection.js';
import type { Servers } from '../nodes/servers.js';
import type { Rules } from '../policy/rules.js';
import type { Consistency } from '../sessions/consistency.js';
import type { Settings } from '../settings.js';
import type { Warnings } from '../warnings.js';
import type { Counters } from './counters.js';
import type { Knowledge } from './knowledge.js';
import type { OnTheirWay } from './on-their-way.js';
import type { Route } from './route.js';

/** What a router's requests are run with. */
export interface Parts {
  settings: Settings;
  rules: Rules;
  servers: Servers;
  warnings: Warnings;
  consistency: Consistency;
  knowledge: Knowledge;
  /** Undefined where there are no replicas. */
  protection: PrimaryProtection | undefined;
  counters: Counters;
  onTheirWay: OnTheirWay;
  /** To be told of every statement once it was answered. */
  finish: (route: Route, ok: boolean, text: string) => void;
}
