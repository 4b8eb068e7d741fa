import type { RoutingPolicy } from '../router/index.js';
import type { Category, CpuMethod, NodeName, PairSide, Role, WorkloadKind } from './words.js';

export const PLAN_SCHEMA = 'splitbench.plan/2';

/**
 * What will be run: written before the first run of an experiment and named by its hash in every run. Two runs can
 * be compared only if their plans agree in everything but `policy`, which only the split side obeys.
 */
export interface Plan {
  schema: typeof PLAN_SCHEMA;
  workload: PlannedWorkload;
  load: PlannedLoad;
  /** What the servers of every side are like, and how many connections to a node the router's pools have. */
  topology: Topology & { poolSize: number };
  policy: RoutingPolicy;
  machine: PlannedMachine;
}

/** What is common to all that holds a plan and, beside it, the hash by which a later change of it shows. */
export interface Planned {
  plan: Plan;
  /** SHA-256 of the plan's canonical JSON. */
  planHash: string;
}

export interface PlannedWorkload {
  /** `smartmenu`, the name in the header of a captured trace, or that of a scenario's file. */
  name: string;
  kind: WorkloadKind;
  /** Seed of data and traffic; null for a captured trace. */
  seed: number | null;
  /** Seed of the traffic, where it has one of its own. */
  trafficSeed?: number;
  /** Size of the data set; null for a captured trace. */
  scale: number | null;
  /** Path of a captured trace; null where the trace is generated from seed, rate and duration. */
  traceFile: string | null;
  /** Of an application of the user's own: of its scenario, compiled. */
  traceSha256: string;
  /** What a trace holds. Of a scenario: the iterations that its rate starts, 0 with executors of its own; the rest is not known. */
  events: number;
  sessions: number;
  eventsByCategory: Record<Category, number>;
  application?: PlannedApplication;
  /** For a captured trace: what the data was restored from. */
  snapshot: PlannedSnapshot | null;
  /** For a captured trace: the identity of what the servers are told of its parameters' types. */
  parameterTypesSha256?: string;
}

/** An application that others run: the k6 scenario that drives it, and its base URL for each side. */
export interface PlannedApplication {
  scenario: string;
  targets: Partial<Record<PairSide, string>>;
}

/** Files of the user's, with their identities. */
export interface PlannedSnapshot {
  path: string;
  sha256: string;
  database: string;
  /** Where the roles came from a file of their own. */
  globals?: { path: string; sha256: string };
}

export interface PlannedLoad {
  /** Name of a load driver. */
  driver: string;
  driverVersion: string;
  /** Requests per second, of a scenario iterations; null where the trace, or the scenario, sets its own pace. */
  ratePerSecond: number | null;
  /** What starts a scenario's iterations where that is not the rate: its own k6 executors, by name. */
  executors?: Record<string, string>;
  /** Share of the primary's CPU budget that the rate was found for; null where it was given, or is the trace's own. */
  targetUtilisation: number | null;
  /** 1 = at the captured pace, 2 = twice as fast. */
  speed: number;
  /** How a captured trace is changed before it is played; left out where it is played as it is. */
  shape?: TraceShape;
  /**
   * For a captured trace: so many connections to each node, of each role, are shared by its sessions, each for a transaction at
   * a time. Left out where every session has its own.
   */
  pooled?: number;
  warmupS: number;
  durationS: number;
}

/** No run measures for longer, in s: a day, which is what memory and record are made for. */
export const LONGEST_RUN_S = 86_400;

/** No workload is played at more requests per second, and no captured trace so many times faster. */
export const MOST_RATE = 20_000;
export const MOST_SPEED = 1000;

/** How busy a primary is when people think of a replica, as a share of its CPU budget: what --rate auto aims at by itself. */
export const USUAL_LOAD = 0.9;

/** For what a rate can be found. Beyond the upper end, what the search misses by is enough to overload the primary. */
export const LOADS = { least: 0.1, most: 0.95 };

/** PostgreSQL's defaults let ten stream; a base backup needs some, too. */
export const MOST_REPLICAS = 8;

export interface TraceShape {
  /** The longest pause in which no session has an event, in s of the capture: longer ones are cut to it. */
  skipIdleS?: number;
  /** Only what a replica could answer is played, with what steers its sessions. */
  readOnly?: boolean;
  /** Transactions that wrote nothing are played READ ONLY. */
  inferReadOnly?: boolean;
}

export interface Topology {
  /** Name of a cluster provider. */
  kind: string;
  postgresVersion: string;
  /** Of the split; the baseline has the primary alone, and the control one primary with the CPU of them all. */
  nodes: PlannedNode[];
  cpuMethod: CpuMethod;
  /** PostgreSQL settings that differ from the server's defaults, on every node. */
  settings: Record<string, string>;
  /** Of servers that the bench did not start: how their data is put back before each run. */
  reset?: Reset;
}

/**
 * How the data of servers that others run is put back before each run: not at all, by making the bench's own database
 * anew from a template, or by a command of the user's.
 */
export type Reset = 'none' | 'template' | { command: string };

export interface PlannedMachine {
  platform: string;
  arch: string;
  cpuModel: string;
  cores: number;
  memoryBytes: number;
  nodeVersion: string;
}

export interface PlannedNode {
  name: NodeName;
  role: Role;
  /** Its CPU budget, in cores; null where nothing limits it. Of a server that the bench did not start: all that it has. */
  cpus: number | null;
  /** Memory it may take, its share of the page cache included; left out where nothing limits it. */
  memoryBytes?: number;
  /** A replica that the router sends analytics alone, and all of that. */
  reservedFor?: 'analytics';
  /** A replica's share of the reads, relative to the others'; 1 where left out. */
  weight?: number;
  /** PostgreSQL settings of this node, over those of all. */
  settings?: Record<string, string>;
  /** Where it is, if the bench did not start it. */
  server?: PlannedServer;
}

/** A server that others run. */
export interface PlannedServer {
  /** `postgres://user@host:port/database?sslmode=…`, never with a password. */
  url: string;
  /** Whether its processes run on the bench's machine. */
  local?: boolean;
  /** Who counts its CPU; left out where nobody does. */
  cpu?: CpuSource;
}

/** Who counts a server's CPU: the kernel of this machine, the engine of its containers, a Prometheus, or a command of the user's. */
export type CpuSource = { from: 'kernel' } | ContainerSource | PrometheusSource | CommandSource;

export interface ContainerSource {
  from: 'container';
  /** The container's name or id, or the Compose service that it is of. */
  name: string;
}

export interface PrometheusSource extends Stepped {
  from: 'prometheus';
  /** Of the Prometheus server: `http://host:9090`. */
  url: string;
  /** Its value: CPU seconds that only grow, or the share of the server's cores in use, 0..1. */
  query: string;
  gives: 'seconds' | 'share';
}

/** What it prints: CPU seconds that only grow. */
export interface CommandSource extends Stepped {
  from: 'command';
  command: string;
}

interface Stepped {
  /** How often there is a new value, in s. */
  stepS: number;
}

/** Whether a run's workload is a captured trace, which has a pace, a size and failures of its own. */
export function isCaptured({ plan }: { plan: Plan }): boolean {
  return plan.workload.kind === 'captured';
}

/** Whether its workload is the bench's own application, on its own router: one statement a request. */
export function isSmartmenu({ plan }: { plan: Plan }): boolean {
  return plan.workload.kind === 'smartmenu';
}

/** Whether its workload is an application of the user's own, which routes its statements itself. */
export function isApplication({ plan }: { plan: Plan }): boolean {
  return plan.workload.kind === 'application';
}

/** Cores that all nodes have together; null where nothing holds them to any. */
export function cpusOfAll({ nodes, cpuMethod }: Pick<Topology, 'nodes' | 'cpuMethod'>): number | null {
  const budgets = nodes.flatMap(({ cpus }) => cpus ?? []);
  if (cpuMethod === 'none' || budgets.length < nodes.length) return null;
  // Pinning deals out whole cores: two nodes of half a core have one each.
  return budgets.reduce((sum, some) => sum + (cpuMethod === 'pinning' ? Math.ceil(some) : some), 0);
}

/** Whether one primary can have the CPU of all nodes: where the bench starts the servers, and the machine has as much. */
export function canHaveControl({ plan: { topology, machine } }: { plan: Plan }): boolean {
  const cpus = cpusOfAll(topology);
  return topology.nodes.every(({ server }) => server === undefined) && cpus !== null && cpus <= machine.cores;
}

/**
 * Whether executors of a scenario's own started its requests: most wait for answers (a closed model), so a slow side got less
 * to do, and no schedule says when a request was due.
 */
export function hasOwnPace({ plan }: { plan: Plan }): boolean {
  return plan.load.executors !== undefined;
}
