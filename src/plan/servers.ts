import { z } from 'zod';
import type { CpuSource, PlannedNode, Reset } from '../record/pure.js';

/**
 * CPU use as exporters tell it, for `labels` that choose one server of several: PromQL, and what its value is.
 * @see https://github.com/prometheus/node_exporter, https://github.com/google/cadvisor,
 *   https://github.com/prometheus/cloudwatch_exporter (AWS/RDS CPUUtilization, in percent)
 */
const EXPORTERS = {
  node_exporter: {
    gives: 'seconds',
    query: (labels) => `sum(node_cpu_seconds_total{${['mode!~"idle|iowait|steal"', ...labels].join(',')}})`,
  },
  cadvisor: {
    gives: 'seconds',
    query: (labels) => `sum(container_cpu_usage_seconds_total{${labels.join(',')}})`,
  },
  cloudwatch: {
    gives: 'share',
    query: (labels) => `max(aws_rds_cpuutilization_average{${labels.join(',')}}) / 100`,
  },
} as const satisfies Record<string, { gives: 'seconds' | 'share'; query: (labels: string[]) => string }>;

const WRONG =
  'must be a URL, or { url, cpus, cpu, reservedFor: "analytics", weight } where cpu is "kernel", or { from: "container", name }, or { from: "prometheus", url, stepS } with ' +
  '{ exporter, labels } or { query, gives }, or { from: "command", command, stepS }; who is to count a server’s CPU needs its ' +
  'cores in cpus, and a URL of a Prometheus has no password';

const text = z.string().min(1, WRONG);
const stepS = z.number().positive();
/** A password in it would be in every plan and record. */
const prometheusUrl = text.refine((url) => URL.canParse(url) && new URL(url).password === '', WRONG);

const cpuSource = z.union([
  z.literal('kernel').transform((): CpuSource => ({ from: 'kernel' })),
  z.strictObject({ from: z.literal('container'), name: text }),
  z.strictObject({ from: z.literal('command'), command: text, stepS }),
  z.strictObject({
    ...{ from: z.literal('prometheus'), url: prometheusUrl, stepS },
    ...{ query: text, gives: z.enum(['seconds', 'share']) },
  }),
  z
    .strictObject({
      ...{ from: z.literal('prometheus'), url: prometheusUrl, stepS },
      ...{ exporter: z.enum(['node_exporter', 'cadvisor', 'cloudwatch']), labels: text.optional() },
    })
    .transform(({ exporter, labels, ...source }): CpuSource => {
      const { gives, query } = EXPORTERS[exporter];
      return { ...source, gives, query: query(labels === undefined ? [] : [labels]) };
    }),
]);

/** One server that others run, as a user names it. */
const server = z
  .union(
    [
      text.transform((url) => ({
        url,
        cpus: undefined,
        cpu: undefined,
        reservedFor: undefined,
        weight: undefined,
      })),
      z.strictObject({
        url: text,
        cpus: z.number().positive().optional(),
        cpu: cpuSource.optional(),
        reservedFor: z.literal('analytics').optional(),
        weight: z.number().min(0.01).max(100).optional(),
      }),
    ],
    WRONG,
  )
  .refine(({ cpu, cpus }) => cpu === undefined || cpu.from === 'kernel' || cpus !== undefined, WRONG);

type GivenServer = z.output<typeof server>;

const COMMAND = /^command:(.+)$/s;

/** The options that name servers which others run, and what may be done to them. */
export const serverOptions = {
  primary: server
    .refine(({ weight }) => weight === undefined, 'has no weight: only replicas share reads by it')
    .optional(),
  replica: z.union([z.array(server), server.transform((one) => [one])], WRONG).optional(),
  reset: z
    .string()
    .transform((how, context): Reset => {
      const command = COMMAND.exec(how)?.[1];
      if (command !== undefined) return { command };
      if (how === 'none' || how === 'template') return how;
      context.addIssue({ code: 'custom', message: 'must be none, template, or command:<a command>' });
      return z.NEVER;
    })
    .optional(),
  allowWritesTo: z.string().min(1, 'is empty').optional(),
};

/** The nodes of a plan for servers that a user names. */
export function nodesOf(primary: GivenServer, replicas: readonly GivenServer[]): PlannedNode[] {
  const node = (
    name: string,
    role: PlannedNode['role'],
    { url, cpus, cpu, reservedFor, weight }: GivenServer,
  ): PlannedNode => ({
    ...{ name, role, cpus: cpus ?? null, ...(reservedFor && { reservedFor }), ...(weight && { weight }) },
    server: { url, ...(cpu && { cpu }) },
  });
  return [
    node('primary', 'primary', primary),
    ...replicas.map((each, index) => node(index === 0 ? 'replica' : `replica-${index + 1}`, 'replica', each)),
  ];
}
