import { type Compared, compare, type Outputs } from '../compare/index.js';
import { BenchError, formatCount, formatPercent, shellWord } from '../machine/pure.js';
import { resumeCommand } from '../record/index.js';
import { nodeOf, type StoredTrials } from '../record/pure.js';
import { runTrials, type TrialRun, type TrialsFollowing } from '../run/index.js';
import { whySetAside } from '../score/index.js';
import type { CommandContext } from './context.js';
import { sayAside } from './output.js';

/**
 * Makes the runs that the trials lack, tells of each, and compares all complete pairs.
 * @param about.againUntilMs and `allowWritesTo` as runTrials
 * @throws BenchError as runTrials and compare; what was made before is kept, and that is said
 */
export async function measureTrials(
  stored: StoredTrials,
  context: CommandContext,
  {
    tell,
    outputs,
    ...about
  }: Partial<Pick<TrialsFollowing, 'againUntilMs' | 'allowWritesTo'>> & {
    tell: (text: string) => void;
    outputs?: Outputs;
  },
): Promise<Compared> {
  tell(`Trials: ${stored.folder} (plan ${stored.trials.planHash.slice(0, 16)})`);
  const kept = `The runs made so far are kept: go on with "${resumeCommand(stored)}".`;
  context.keep(kept);
  await context.withProgress((following) =>
    runTrials(stored, {
      ...following,
      whySetAside,
      ...about,
      onRun: (run) => tell(inWords(run)),
      onSetAside: ({ pair, reason }) => tell(`Pair ${pair} is set aside: ${reason}`),
    }).catch((error) => {
      const isInterrupt = error instanceof BenchError && error.code === 'INTERRUPTED';
      if (!isInterrupt) sayAside(kept);
      throw error;
    }),
  );
  return compare({ baseline: stored.folder }, outputs).catch((error) => {
    sayAside(`The runs are all there: compare them with "bench compare ${shellWord(stored.folder)}".`);
    throw error;
  });
}

function inWords({ pair, side, record, file }: TrialRun): string {
  const { captured, ok } = record.accounting;
  const cpu = nodeOf(record, 'primary')?.utilisation ?? null;
  const used = cpu === null ? 'unknown' : formatPercent(cpu * 100);
  return `Pair ${pair}, ${side}: ${formatCount(ok)} of ${formatCount(captured)} events ok, primary CPU ${used}: ${file}`;
}
