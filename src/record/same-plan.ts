import type { CpuSource, Plan, Reset } from './plan.js';

/**
 * What two plans differ in, in words; empty if runs of them can be compared.
 *
 * Left out, because the work stays the same: the policy (only the split obeys it), where files lie (their hashes
 * count), how the rate was found, and what changes on one machine from week to week without touching the servers (its
 * free memory as the kernel rounds it, a minor release of Node.js).
 * @param how.otherTraffic whether the traffic may be drawn from another seed, which makes it another sample of the same
 */
export function samePlan(a: Plan, b: Plan, { otherTraffic = false } = {}): string[] {
  return factsOfBoth(a, b)
    .filter(({ name, before, after }) => before !== after && !(otherTraffic && OF_THE_TRAFFIC.includes(name)))
    .map(({ name, before, after }) => `${name}: ${before} and ${after}`);
}

/** What makes either of two plans, by name, without what samePlan leaves out; in words where one has no such fact. */
export function factsOfBoth(a: Plan, b: Plan): { name: string; before: string; after: string }[] {
  const [before, after] = [factsOf(a), factsOf(b)];
  return Object.keys({ ...before, ...after }).map((name) => ({
    name,
    before: before[name] ?? 'not set',
    after: after[name] ?? 'not set',
  }));
}

/** Enough of a hash to tell two apart, and to find it. */
const SHORT_HASH = 16;

const SCENARIO = 'scenario (SHA-256)';

/** What changes with the seed of the traffic. */
const OF_THE_TRAFFIC = ['seed of the traffic', 'trace (SHA-256)', 'events in the trace'];

/** What a run begins with, in words. */
function resetInWords(reset: Reset | undefined): string | undefined {
  if (reset === undefined) return undefined;
  if (reset === 'none') return 'as the run before left it';
  return reset === 'template' ? 'made anew from a template' : `put back by: ${reset.command}`;
}

function inWords(executors: Record<string, string>): string {
  return Object.entries(executors)
    .map(([name, executor]) => `${name} (${executor})`)
    .join(', ');
}

function sourceInWords(source: CpuSource | undefined): string | undefined {
  if (!source) return undefined;
  if (source.from === 'kernel') return 'the kernel of this machine';
  if (source.from === 'container') return `the engine of the container ${source.name}`;
  const what = source.from === 'prometheus' ? `${source.query} at ${source.url}` : source.command;
  return `${what}, every ${source.stepS} s`;
}

function factsOf(plan: Plan): Record<string, string> {
  const { workload, load, topology, machine } = plan;
  const facts = {
    'plan schema': plan.schema,
    workload: workload.name,
    'kind of workload': workload.kind,
    seed: workload.seed,
    'seed of the traffic': workload.trafficSeed,
    scale: workload.scale,
    [workload.application ? SCENARIO : 'trace (SHA-256)']: workload.traceSha256.slice(0, SHORT_HASH),
    'events in the trace': workload.application ? null : workload.events,
    ...Object.fromEntries(
      Object.entries(workload.application?.targets ?? {}).map(([side, url]) => [
        `application of the ${side}`,
        url,
      ]),
    ),
    'snapshot (SHA-256)': workload.snapshot?.sha256.slice(0, SHORT_HASH),
    'globals (SHA-256)': workload.snapshot?.globals?.sha256.slice(0, SHORT_HASH),
    'types of parameters (SHA-256)': workload.parameterTypesSha256?.slice(0, SHORT_HASH),
    driver: load.driver,
    'version of the driver': load.driverVersion,
    'rate per second': load.ratePerSecond,
    'executors of the scenario': load.executors && inWords(load.executors),
    speed: load.speed,
    'longest pause in seconds': load.shape?.skipIdleS,
    'only reads': load.shape?.readOnly,
    'transactions that only read are READ ONLY': load.shape?.inferReadOnly,
    'connections that sessions share': load.pooled,
    'warm-up in seconds': load.warmupS,
    'duration in seconds': load.durationS,
    topology: topology.kind,
    PostgreSQL: topology.postgresVersion,
    ...Object.fromEntries(
      topology.nodes.flatMap(({ name, cpus, memoryBytes, reservedFor, weight, settings = {} }) => [
        [`CPU budget of the ${name} in cores`, cpus],
        [`memory of the ${name} in bytes`, memoryBytes],
        [`what the ${name} is reserved for`, reservedFor],
        [`weight of the ${name}`, weight],
        ...Object.entries(settings).map(([setting, value]) => [`setting ${setting} of the ${name}`, value]),
      ]),
    ),
    ...Object.fromEntries(topology.nodes.map(({ name, server }) => [`server of the ${name}`, server?.url])),
    ...Object.fromEntries(
      topology.nodes.map(({ name, server }) => [`CPU of the ${name} counted by`, sourceInWords(server?.cpu)]),
    ),
    'data before each run': resetInWords(topology.reset),
    'method of the CPU budget': topology.cpuMethod,
    'connections per pool': workload.application ? null : topology.poolSize,
    ...Object.fromEntries(
      Object.entries(topology.settings).map(([name, value]) => [`setting ${name}`, value]),
    ),
    'operating system': machine.platform,
    'processor architecture': machine.arch,
    processor: machine.cpuModel,
    'cores of the machine': machine.cores,
    'Node.js': machine.nodeVersion.replace(/^v/, '').split('.')[0],
  };
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => (value == null ? [] : [[name, String(value)]])),
  );
}
