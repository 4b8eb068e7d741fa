import type { RouteHint } from '../sql/classification.js';
import type { ReadCategory } from './categories.js';
import { type ConsistencyMode, DEFAULT_DELAY_MS, type RouteRule, type RoutingPolicy } from './policy.js';

/** How long a read waits for a replica to have replayed what its session has seen, where a rule doesn't say. */
const DEFAULT_MAX_WAIT_MS = 50;

/** A policy's rule, ready to be asked. */
export class Rule {
  readonly toReplica: boolean;
  readonly mode: ConsistencyMode;
  /** How long a session's reads stay on the primary after its write, in ms; 0 for never. */
  readonly delayMs: number;
  readonly maxWaitMs: number;
  readonly maxLagMs: number;
  /** Of the requests that a replica could answer, those that stay on the primary, 0 to 1. */
  readonly primaryShare: number;
  readonly #share: ShareCounter | undefined;

  constructor(rule: RouteRule) {
    this.toReplica = rule.target === 'replica';
    this.mode = rule.consistency ?? 'none';
    this.delayMs = this.mode === 'delay' ? (rule.delayMs ?? DEFAULT_DELAY_MS) : 0;
    this.maxWaitMs = rule.maxWaitMs ?? DEFAULT_MAX_WAIT_MS;
    this.maxLagMs = rule.maxLagMs ?? Number.POSITIVE_INFINITY;
    this.primaryShare = rule.primaryShare ?? 0;
    if (this.primaryShare > 0) this.#share = new ShareCounter(this.primaryShare);
  }

  /** Whether it compares what a session has seen with what a replica has replayed. */
  get byPosition(): boolean {
    return this.toReplica && (this.mode === 'lsn' || this.mode === 'strict');
  }

  /** Whether this request is one of those that stay on the primary, if it may. */
  staysByShare(mayStay: boolean): boolean {
    return this.#share?.next(mayStay) ?? false;
  }
}

/** The rules of a policy, each with its own counter. */
export class Rules {
  readonly #categories = new Map<string, Rule>();
  readonly #groups = new Map<string, Rule>();
  /** After this long no rule asks for the time of a session's last write. */
  readonly longestDelayMs: number;
  /** Whether any rule needs to know what a session has seen. */
  readonly trackPositions: boolean;

  constructor(policy: RoutingPolicy) {
    for (const [name, rule] of Object.entries(policy.categories)) this.#categories.set(name, new Rule(rule));
    for (const [name, rule] of Object.entries(policy.groups ?? {})) this.#groups.set(name, new Rule(rule));
    const all = [...this.#categories.values(), ...this.#groups.values()];
    this.longestDelayMs = Math.max(...all.map((rule) => rule.delayMs));
    this.trackPositions = all.some((rule) => rule.byPosition);
  }

  /** The group of a statement by its comments: the one that it names, or the first of its origins that has a rule. */
  groupOf({ group, origins = [] }: RouteHint): string | undefined {
    return group ?? origins.find((origin) => this.#groups.has(origin));
  }

  for(category: ReadCategory, group: string | undefined): Rule {
    return (group !== undefined && this.#groups.get(group)) || this.#categories.get(category)!;
  }
}

/** How many of its share it makes up for later, when those asked for could not be had. */
const MOST_OWED = 100;

/**
 * Says yes to a share of the questions put to it, evenly spread and exact: after n questions the number of yeses is
 * n × share rounded down, so a half alternates and 0.3 is 3 of 10. Counting from n keeps rounding errors from adding up.
 */
export class ShareCounter {
  #asked = 0;
  #given = 0;
  constructor(readonly share: number) {}

  /** @param possible false: a question that can't be answered yes, which a later one makes up for */
  next(possible = true): boolean {
    this.#asked++;
    const due = Math.floor(this.#asked * this.share + 1e-9);
    this.#given = Math.max(this.#given, due - MOST_OWED);
    if (!possible || this.#given >= due) return false;
    this.#given++;
    return true;
  }
}
