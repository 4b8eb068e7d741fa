import { BenchError } from '../machine/pure.js';
import { newestRun, readPlan } from '../record/index.js';
import { loadConfig } from './config.js';
import { type Choices, OPTION_NAMES, parseOptions } from './options.js';
import { type WorkSpec, workFromOptions, workFromPlan } from './work.js';

/** What a command is asked to do, and the folder for what comes of it. */
export interface Errand {
  work: WorkSpec;
  out: string;
}

/** Options that say nothing of the work: one plan can be run with other ones. */
const BESIDE_WORK = ['policy', 'checkResults', 'out'];

/**
 * What flags ask for, over bench.config.ts, over defaults: the plan that they name, else work of their own.
 * @param flags those that are no option of a run are passed over, but for `plan`: a file with a plan in it
 * @param how.followBaseline whether without a plan or options of the work the newest baseline's plan is followed
 * @throws BenchError for what is wrong in the options, the config or the plan
 */
export async function readWork(
  flags: Record<string, unknown>,
  { choices, followBaseline = false }: { choices: Choices; followBaseline?: boolean },
): Promise<Errand> {
  const given = Object.fromEntries(Object.entries(flags).filter(([name]) => OPTION_NAMES.includes(name)));
  const loaded = await loadConfig(process.cwd());
  // Each source is checked by itself, so that the sentence names where the mistake is.
  if (loaded) parseOptions(loaded.config, (option) => `${loaded.file}: "${option}"`, choices);
  const options = parseOptions({ ...loaded?.config, ...given }, flagOf, choices);
  const { out, checkResults } = options;

  const ownWork = Object.keys(given).some((name) => !BESIDE_WORK.includes(name));
  if (flags.plan !== undefined && ownWork) {
    throw new BenchError(
      'OPTION_CONFLICT',
      '--plan says what work is done: give it without options of the work, such as --rate or --duration.',
    );
  }
  const plan =
    flags.plan !== undefined
      ? await readPlan(String(flags.plan))
      : followBaseline && !ownWork
        ? (await newestRun(out, 'baseline'))?.record.plan
        : undefined;
  if (!plan) return { work: await workFromOptions(options), out };
  const policy = 'policy' in given ? options.policy : undefined;
  return { work: await workFromPlan(plan, { policy, checkResults }), out };
}

/** `nodeCpus` is `--node-cpus`. */
function flagOf(option: string): string {
  return `--${option.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
}
