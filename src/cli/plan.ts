import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import {
  BenchError,
  formatBytes,
  formatCores,
  formatCount,
  formatPercent,
  formatSeconds,
} from '../machine/pure.js';
import { followCommand, inNewFolder, newRunId, writePlan } from '../record/index.js';
import type { Plan, PlannedLoad } from '../record/pure.js';
import { checkWritable, makePlan } from '../run/index.js';
import type { CommandContext } from './context.js';
import { addExamples } from './examples.js';
import { say } from './output.js';
import { addPlanOptions, RESULTS, readFlags } from './run-options.js';

export function planCommand(bench: Command, context: CommandContext): void {
  const command = addPlanOptions(
    bench
      .command('plan')
      .description('write the plan that runs will follow with --plan; --rate auto finds its rate now'),
  )
    .optionsGroup(RESULTS)
    .option('--out <file>', 'file for the plan (default: reports/<time>-plan/plan.json)')
    .action(async ({ out, ...flags }: Record<string, unknown> & { out?: string }) => {
      const errand = await readFlags(flags, context);
      const there = out === undefined ? null : await stat(out).catch(() => null);
      if (there && !there.isFile()) {
        const what = there.isDirectory() ? 'a folder' : 'no regular file';
        throw new BenchError('OPTION_INVALID', `--out ${out} is ${what}: name a file for the plan.`);
      }
      await checkWritable(out === undefined ? errand.out : dirname(out));
      const { plan } = await context.withProgress((following) => makePlan(errand.work, following));
      const write = async (file: string) => ({ file, hash: await writePlan(file, plan) });
      const { file, hash } = await (out === undefined
        ? inNewFolder(errand.out, newRunId('plan', new Date()), (folder) => write(join(folder, 'plan.json')))
        : write(out));
      say(inWords(plan), `Plan: ${file}`, `SHA-256: ${hash}`);
      const [run, trials] = (['run baseline', 'trials'] as const).map((each) =>
        followCommand(each, { file, plan }),
      );
      say(`Follow it with "${run}", or "${trials}".`);
    });
  addExamples(command, {
    'bench plan --out plan.json': 'the default work, at a rate that is found now',
    'bench plan --rate 120 --duration 5m --out plan.json': 'at a rate of your own, without a search',
    'bench run baseline --plan plan.json': 'follow it',
  });
}

function inWords({ workload, load, topology, policy }: Plan): string {
  const nodes = topology.nodes.map(({ name, cpus, memoryBytes }) => {
    const budget = [
      ...(cpus === null ? [] : [formatCores(cpus)]),
      ...(memoryBytes === undefined ? [] : [formatBytes(memoryBytes)]),
    ];
    return budget.length === 0 ? name : `${name} with ${budget.join(' and ')}`;
  });
  const seconds = `${formatSeconds(load.warmupS)} of warm-up and ${formatSeconds(load.durationS)} measured`;
  return (
    `${workload.name}: ${eventsInWords(workload)}, ${seconds}, ${rateInWords(load)}; ` +
    `${load.driver} ${load.driverVersion}; PostgreSQL ${topology.postgresVersion}, ${nodes.join(', ')} (${topology.cpuMethod}); policy ${policy.name}.`
  );
}

function eventsInWords({ application, events, sessions }: Plan['workload']): string {
  if (application) return 'a k6 scenario for an application of your own';
  return `${formatCount(events)} events in ${formatCount(sessions)} sessions`;
}

function rateInWords({ ratePerSecond, targetUtilisation, speed, pooled, executors }: PlannedLoad): string {
  if (executors) return `started by its own executors (${Object.values(executors).join(', ')})`;
  if (ratePerSecond === null) {
    const shared = pooled === undefined ? '' : `, its sessions on a pool of ${pooled}`;
    return `at the captured pace${speed === 1 ? '' : ` times ${speed}`}${shared}`;
  }
  const found =
    targetUtilisation !== null
      ? `, found to load the primary to ${formatPercent(targetUtilisation * 100)}`
      : '';
  return `at ${formatCount(ratePerSecond)}/s${found}`;
}
