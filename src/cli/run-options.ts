import type { Command } from 'commander';
import { CLUSTERS } from '../cluster/index.js';
import { DRIVER_NAMES } from '../load/index.js';
import { type Choices, type Errand, readWork } from '../plan/index.js';
import { TARGET_RULES } from '../score/index.js';
import type { CommandContext } from './context.js';

const CHOICES: Choices = {
  driver: ['auto', ...DRIVER_NAMES],
  cluster: CLUSTERS.map(({ kind }) => kind),
  targets: TARGET_RULES,
};

/** What a command's flags ask for. @param how.followBaseline as readWork */
export function readFlags(
  flags: Record<string, unknown>,
  { configured }: Pick<CommandContext, 'configured'>,
  how: { followBaseline?: boolean } = {},
): Promise<Errand> {
  return readWork(flags, { choices: CHOICES, onConfigured: configured, ...how });
}

/** The group of options that say what is kept, and how it is told. */
export const RESULTS = 'Results:';

/** The options that say what is run and what is kept of it: those of `bench run …`. */
export function addRunOptions(command: Command): Command {
  return addPlanOptions(command)
    .optionsGroup(RESULTS)
    .option('--check-results', 'record what reads answer, so that compare can say where the sides differ')
    .option('--out <dir>', 'folder for the results (default: reports)');
}

/**
 * The options that say what is run: what a plan is made from.
 * @param times what is told of the default times, in words
 */
export function addPlanOptions(command: Command, times = { duration: '60s', warmup: '10s' }): Command {
  command
    .optionsGroup('What to run:')
    .option('--workload <name|file>', 'smartmenu, or a trace made by "bench import" (default: smartmenu)')
    .option('--scenario <file>', 'in place of a workload: a k6 scenario that drives your own application')
    .option('--target <urls>', 'the URLs of that application: baseline=URL,split=URL')
    .option('--driver <name>', `what plays the trace: ${CHOICES.driver.join(', ')} (default: auto)`)
    .option('--rate <auto|n>', 'requests per second; auto finds it just before the baseline (default: auto)')
    .option(
      '--utilisation <share>',
      "share of the primary's CPU budget that --rate auto aims at, such as 90% (default: 90%)",
    )
    .option('--load <share>', 'another name for --utilisation')
    .option(
      '--duration <time>',
      `measured time, such as 60s or 1m30s (default: ${times.duration}; a captured trace: all of it)`,
    )
    .option(
      '--warmup <time>',
      `warm-up before that, which is played but not measured (default: ${times.warmup}; a captured trace: none)`,
    )
    .option('--seed <n>', 'seed of data and traffic (default: 1)')
    .option('--scale <n>', 'size of the data set (default: 1)');
  return addServerOptions(command)
    .optionsGroup('For a captured trace:')
    .option('--snapshot <file|dir>', 'a dump or data directory of its database')
    .option('--globals <file>', 'the roles of its server, written by "pg_dumpall -g"')
    .option('--database <name>', 'the database in the snapshot (default: the captured one, or its largest)')
    .option('--speed <factor>', 'play it at this many times its own pace (default: 1)')
    .option(
      '--pooled <n>',
      'sessions share n connections to each node, as behind PgBouncer in transaction mode (default: each has its own)',
    )
    .option('--skip-idle <time>', 'the longest pause to keep in which no session is active, such as 5s')
    .option('--read-only', 'skip what a replica could not answer')
    .option(
      '--read-only-transactions <how>',
      'as-captured, or inferred, which plays transactions that wrote nothing as READ ONLY (default: as-captured)',
    )
    .option(
      '--allow-writes-to <host/database>',
      'external: let a captured trace write to this database, which the bench did not make',
    );
}

/** The options that say on which servers it is run. */
export function addServerOptions(command: Command): Command {
  return command
    .optionsGroup('Servers:')
    .option(
      '--cluster <kind>',
      `kind of servers: ${CHOICES.cluster.join(', ')} (default: ${CLUSTERS[0].kind})`,
    )
    .option('--primary <url>', 'external: URL of the server that takes writes, without a password')
    .option(
      '--replica <url>',
      'external: URL of a replica of that server; may be repeated',
      (url, others: string[] = []) => [...others, url],
    )
    .option(
      '--reset <how>',
      'external: how to put the data back before each run: none, template (make the bench’s database anew) or command:… (default: template if "bench prepare" made the database, else none)',
    )
    .option('--node-cpus <n>', 'CPU budget of each node, in cores (default: 0.5)')
    .option(
      '--node-memory <size>',
      'memory of each node, page cache included, such as 1GB (default: no limit)',
    )
    .option('--replicas <n>', 'replicas of the split (default: 1)')
    .option('--analytics-replica', 'one more replica, for analytics only')
    .option(
      '--policy <name|file>',
      'routing policy of the split: a shipped name or a JSON file (default: balanced)',
    );
}
