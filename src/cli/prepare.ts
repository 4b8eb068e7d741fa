import type { Command } from 'commander';
import { clearServer, prepareServer } from '../cluster/index.js';
import { BenchError } from '../machine/pure.js';
import type { CommandContext } from './context.js';
import { addExamples } from './examples.js';
import { say } from './output.js';

interface Flags {
  template?: string;
  remove?: boolean;
}

export function prepareCommand(bench: Command, context: CommandContext): void {
  const command = bench
    .command('prepare')
    .description('make the one database that the bench may write to on a server of yours')
    .argument('<url>', 'postgres://user@host/database, of a database that does not exist yet')
    .option('--template <database>', 'fill it from this database, each time it is made')
    .option('--remove', 'drop that database, and all that belongs to it')
    .action((url: string, flags: Flags) => context.withProgress(() => prepare(url, flags)));
  addExamples(command, {
    'bench prepare postgres://bench@db1/splitbench': 'an empty database',
    'bench prepare postgres://bench@db1/splitbench --template shop': 'a copy of one of yours',
    'bench prepare postgres://bench@db1/splitbench --remove': 'when you are done',
  });
}

async function prepare(url: string, { template, remove }: Flags): Promise<void> {
  if (remove && template !== undefined) {
    throw new BenchError('OPTION_CONFLICT', '--remove makes nothing: leave --template out.');
  }
  if (remove) {
    const dropped = await clearServer(url);
    say(dropped.length > 0 ? `Dropped: ${dropped.join(', ')}.` : 'Nothing of the bench was there.');
    return;
  }
  const prepared = await prepareServer(url, { template });
  say(
    prepared.made
      ? `Made the database ${prepared.name} for the bench, which may write there, drop it and make it anew.`
      : `The database ${prepared.name} is the bench's already.`,
    `Measure with: bench run baseline --cluster external --primary '${prepared.url}' --replica URL`,
    `Remove it with: bench prepare --remove '${prepared.url}'`,
  );
}
