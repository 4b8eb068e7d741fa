import { readFile } from 'node:fs/promises';
import { BenchError, whyNotRead } from '../machine/pure.js';
import { newestRun, readPlan } from '../record/index.js';
import type { Plan, PlannedApplication, PlannedNode, Reset, TraceShape } from '../record/pure.js';
import { policies, type RoutingPolicy, validatePolicy } from '../router/index.js';
import { applicationOf, ROUTED_BY_ITSELF } from './application.js';
import { loadConfig } from './config.js';
import { plannedNodes } from './nodes.js';
import { AIMS, type Choices, givesRate, OPTION_NAMES, parseOptions, type RunOptions } from './options.js';
import { nodesOf } from './servers.js';

/** Options that become something else in a specification of work, or say nothing of it. */
type OtherOptions =
  | 'workload'
  | 'target'
  | 'scenario'
  | 'cluster'
  | 'primary'
  | 'replica'
  | 'reset'
  | 'nodeCpus'
  | 'nodeMemory'
  | 'replicas'
  | 'analyticsReplica'
  | 'nodes'
  | 'settings'
  | 'policy'
  | 'out'
  | 'targets'
  | 'skipIdle'
  | 'readOnly'
  | 'readOnlyTransactions';

/** What work is to be done: as a user asks for it, or as a plan has it. What is left out is the workload's to choose. */
export interface WorkSpec extends Omit<RunOptions, OtherOptions> {
  /** `smartmenu`, or the path of a captured trace. */
  workload: string;
  /** In place of a workload: an application that others run. */
  application?: PlannedApplication;
  /** What is asked of the servers, and how many connections to each the router's pools have. */
  topology: {
    kind?: string;
    nodes: PlannedNode[];
    /** All settings, as a plan has them. */
    settings?: Record<string, string>;
    /** Those that a user wants other than the provider sets them. */
    changedSettings?: Record<string, string>;
    poolSize?: number;
    /** Of servers that others run. */
    reset?: Reset;
  };
  policy: RoutingPolicy;
  /** Seed of the traffic, where it isn't that of the data. */
  trafficSeed?: number;
  /** The share that a plan's rate was found for, where that rate is kept. */
  rateFoundFor?: number;
  /** How a captured trace is changed before it is played. */
  shape?: TraceShape;
  /** The plan that all of this is from, and that what is made has to agree with; null where one is still to be made. */
  plan: Plan | null;
}

/**
 * The work that options ask for.
 * @throws BenchError POLICY_INVALID
 */
export async function workFromOptions(options: RunOptions): Promise<WorkSpec> {
  const { cluster, settings: changedSettings, policy, out, targets, ...others } = options;
  const { workload = 'smartmenu', target, scenario, primary, replica = [], ...ofWork } = others;
  const { reset, nodeCpus, nodeMemory, replicas, analyticsReplica, nodes: changes, ...rest } = ofWork;
  const application = applicationOf(options);
  const { skipIdle, readOnly, readOnlyTransactions, ...work } = rest;
  if (!primary && replica.length > 0) {
    throw new BenchError(
      'OPTION_CONFLICT',
      '--replica needs the server that it follows: give --primary too.',
    );
  }
  if (primary && nodeMemory !== undefined) {
    throw new BenchError(
      'OPTION_CONFLICT',
      'Servers that others run have the memory that they have: leave --node-memory out with --primary.',
    );
  }
  const nodes = primary
    ? nodesOf(primary, replica)
    : plannedNodes({ nodeCpus, nodeMemory, replicas, analyticsReplica, nodes: changes });
  const shape = shapeOf({ skipIdle, readOnly, readOnlyTransactions });
  // An application has its servers already, and keeps its connections to their database.
  const topology = application
    ? { kind: cluster ?? 'external', nodes, changedSettings, reset: reset ?? 'none' }
    : { kind: cluster, nodes, changedSettings, reset };
  return {
    ...{ ...work, workload, application, shape, topology, plan: null },
    policy: application ? ROUTED_BY_ITSELF : await readPolicy(policy ?? 'balanced'),
  };
}

function shapeOf({
  skipIdle,
  readOnly,
  readOnlyTransactions,
}: Pick<RunOptions, 'skipIdle' | 'readOnly' | 'readOnlyTransactions'>): TraceShape | undefined {
  const infers = readOnlyTransactions === 'inferred';
  if (skipIdle === undefined && !readOnly && !infers) return undefined;
  return {
    ...(skipIdle !== undefined && { skipIdleS: skipIdle }),
    ...(readOnly && { readOnly }),
    ...(infers && { inferReadOnly: true }),
  };
}

/**
 * The work that a plan has written down.
 * @param beside what may differ from one run of a plan to the next: the split's policy, in place of the plan's, whether
 *   results are checked, what may be written to, and the seed of the traffic, which makes another plan of the same work
 * @throws BenchError POLICY_INVALID
 */
export async function workFromPlan(
  plan: Plan,
  beside: Partial<
    Pick<RunOptions, 'policy' | 'checkResults' | 'allowWritesTo'> & Pick<WorkSpec, 'trafficSeed'>
  > = {},
): Promise<WorkSpec> {
  const { workload, load, topology } = plan;
  return {
    workload: workload.traceFile ?? workload.name,
    application: workload.application,
    seed: workload.seed ?? undefined,
    trafficSeed: beside.trafficSeed ?? workload.trafficSeed,
    scale: workload.scale ?? undefined,
    snapshot: workload.snapshot?.path,
    globals: workload.snapshot?.globals?.path,
    database: workload.snapshot?.database,
    rate: load.ratePerSecond ?? 'auto',
    utilisation: load.targetUtilisation ?? 1,
    speed: load.speed,
    shape: load.shape,
    pooled: load.pooled,
    warmupS: load.warmupS,
    durationS: load.durationS,
    driver: load.driver,
    checkResults: beside.checkResults ?? false,
    allowWritesTo: beside.allowWritesTo,
    topology,
    policy: beside.policy === undefined ? plan.policy : await readPolicy(beside.policy),
    plan,
  };
}

/**
 * A routing policy by its shipped name, from a JSON file, or as an object of bench.config.ts.
 * @throws BenchError POLICY_INVALID naming the shipped ones, or what is wrong in the file
 */
async function readPolicy(given: NonNullable<RunOptions['policy']>): Promise<RoutingPolicy> {
  const shipped: Record<string, RoutingPolicy> = policies;
  const name = typeof given === 'string' ? given : null;
  if (name !== null && Object.hasOwn(shipped, name)) return shipped[name]!;
  try {
    return validatePolicy(name === null ? given : JSON.parse(await readFile(name, 'utf8')));
  } catch (cause) {
    throw new BenchError(
      'POLICY_INVALID',
      `The policy ${name === null ? '' : `"${name}" `}can't be used: ${whyNotRead(cause)}. Shipped policies: ${Object.keys(shipped).join(', ')}; or give a JSON file.`,
      { cause },
    );
  }
}

/** What a command is asked to do, and the folder for what comes of it. */
export interface Errand {
  work: WorkSpec;
  out: string;
}

/** Which options a bench.config.ts sets that no flag stands over, with the flags by which sentences name them. */
export interface Configured {
  file: string;
  options: { name: string; flag: string }[];
}

/** Options that say nothing of the work: one plan can be run with other ones. */
const BESIDE_WORK = ['policy', 'checkResults', 'allowWritesTo', 'out'];

/**
 * What flags ask for, over bench.config.ts, over defaults: the plan that they name, else work of their own.
 * @param flags those that are no option of a run are passed over, but for `plan`: a file with a plan in it
 * @param how.followBaseline whether without a plan or options of the work the newest baseline's plan is followed
 * @param how.onConfigured told what bench.config.ts says of the work, before it is looked at whether that fits together
 * @throws BenchError for what is wrong in the options, the config or the plan
 */
export async function readWork(
  flags: Record<string, unknown>,
  {
    choices,
    followBaseline = false,
    onConfigured,
  }: { choices: Choices; followBaseline?: boolean; onConfigured?: (configured: Configured) => void },
): Promise<Errand> {
  const given = Object.fromEntries(Object.entries(flags).filter(([name]) => OPTION_NAMES.includes(name)));
  const loaded = await loadConfig(process.cwd());
  // Each source is checked by itself, so that the sentence names what is wrong as it was written.
  if (loaded) parseOptions(loaded.config, (option) => `${loaded.file}: "${option}"`, choices);
  parseOptions(given, flagOf, choices);
  const config = notOverruled(loaded?.config ?? {}, given);
  const options = parseOptions({ ...config, ...given }, flagOf, choices);
  const { out, checkResults, allowWritesTo } = options;

  const own = Object.keys(given).filter((name) => !BESIDE_WORK.includes(name));
  const ownWork = own.length > 0;
  const other = own.find((name) => !LOAD.includes(name));
  if (flags.plan !== undefined && other !== undefined) {
    throw new BenchError(
      'OPTION_CONFLICT',
      `--plan already says what is run: leave ${flagOf(other)} out. Only ${LOAD.map(flagOf).join(', ')} may stand beside it, for the same work at another load or for longer.`,
    );
  }
  const ofStarted = own.find((name) => OF_STARTED_SERVERS.includes(name));
  const othersRun = options.primary || options.scenario || options.cluster === 'external';
  if (othersRun && ofStarted !== undefined) {
    throw new BenchError(
      'OPTION_CONFLICT',
      `${flagOf(ofStarted)} is for servers that the bench starts: leave it out with servers of your own.`,
    );
  }
  const plan =
    flags.plan !== undefined
      ? await readPlan(String(flags.plan))
      : followBaseline && !ownWork
        ? (await newestRun(out, 'baseline'))?.record.plan
        : undefined;
  if (!plan) {
    if (loaded) onConfigured?.({ file: loaded.file, options: setIn(config) });
    return { work: await workFromOptions(options), out };
  }
  const policy = 'policy' in given ? options.policy : undefined;
  const work = await workFromPlan(plan, { policy, checkResults, allowWritesTo });
  return { work: ownWork ? atAnotherLoad(work, plan, given, options) : work, out };
}

/** What servers that others run have already. */
const OF_STARTED_SERVERS = ['nodeCpus', 'replicas', 'analyticsReplica'];

/** What makes another plan of the same work: how hard and how long the servers are loaded. */
const PACE = ['rate', ...AIMS];
const LOAD = [...PACE, 'duration', 'warmup', 'speed'];

/**
 * The work of a plan as hard and as long as asked for. A rate is found for the load that the plan's was, or else is usual; the
 * plan's own stays one that was found for it. One that is given is judged at whatever load it makes.
 */
function atAnotherLoad(
  work: WorkSpec,
  { load, workload }: Plan,
  given: Record<string, unknown>,
  options: RunOptions,
): WorkSpec {
  const { utilisation, durationS, warmupS } = options;
  const aimed = AIMS.some((name) => name in given);
  const paced = aimed || 'rate' in given;
  const rate = 'rate' in given ? options.rate : 'auto';
  const speed = ('speed' in given ? options.speed : work.speed) ?? 1;
  if (paced && load.ratePerSecond === null) {
    throw new BenchError(
      'OPTION_CONFLICT',
      `The plan is of a workload that sets its own pace: leave ${PACE.filter((name) => name in given)
        .map(flagOf)
        .join(' and ')} out.`,
    );
  }
  if (paced && rate === 'auto' && workload.kind === 'application') {
    throw new BenchError(
      'OPTION_CONFLICT',
      'No rate is searched for where a scenario drives an application: give its iterations per second with --rate.',
    );
  }
  return {
    ...work,
    ...(paced ? { rate } : load.targetUtilisation !== null && { rateFoundFor: load.targetUtilisation }),
    utilisation: aimed ? utilisation : (load.targetUtilisation ?? utilisation),
    ...('warmup' in given && { warmupS }),
    durationS: 'duration' in given ? durationS : asMuchAs(load, speed),
    speed,
    plan: null,
  };
}

/** As much of a captured trace as before, in s; a scenario's own executors say how long it runs. */
function asMuchAs({ executors, durationS, speed }: Plan['load'], newSpeed: number): number | undefined {
  return executors ? undefined : (durationS * speed) / newSpeed;
}

/** What a config sets that no flag stands over: one that says how hard the servers are loaded stands over all that says so. */
function notOverruled(
  config: Record<string, unknown>,
  given: Record<string, unknown>,
): Record<string, unknown> {
  const ofPace = AIMS.some((name) => name in given) ? PACE : givesRate(given) ? AIMS : [];
  return Object.fromEntries(
    Object.entries(config).filter(([name]) => !(name in given) && !ofPace.includes(name)),
  );
}

function setIn(config: Record<string, unknown>): Configured['options'] {
  return Object.keys(config).map((name) => ({ name, flag: flagOf(name) }));
}

/** `nodeCpus` is `--node-cpus`. */
function flagOf(option: string): string {
  return `--${option.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
}
