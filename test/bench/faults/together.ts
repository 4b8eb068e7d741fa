import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NEXT_RUN, runOf, SMALL } from './commands.js';
import type { Exit, Fault, Outcome } from './promises.js';

interface Row {
  name: string;
  args: readonly string[];
  exits: readonly Exit[];
  /** What each of the two writes into a folder of its own. */
  file: string;
}

const ROWS: readonly Row[] = [
  { name: 'two runs', args: [...runOf('baseline', 1), '--out', 'runs'], exits: [0], file: 'run.json' },
  {
    name: 'two trials',
    args: ['trials', ...SMALL, '--duration', '1s', '--pairs', '1', '--out', 'trials'],
    exits: [0, 1, 3],
    file: 'trials.json',
  },
];

/** Ends as the first of the two that went wrong. */
const TWICE = ['sh', '-c', '"$@" & "$@"; ended=$?; wait $! || exit; exit $ended', 'sh'];

/** Benches that begin in the same moment, with one folder for what they write. */
export const together: Fault[] = [...ROWS.map(faultOf), NEXT_RUN];

function faultOf({ name, args, exits, file }: Row): Fault {
  return {
    ...{ name, args, exits },
    around: () => ({ launcher: TWICE }),
    check: (outcome) => withTwo(outcome, args.at(-1)!, file),
  };
}

function withTwo({ folder }: Outcome, out: string, file: string): string[] {
  const names = readdirSync(join(folder, out)).filter((name) => existsSync(join(folder, out, name, file)));
  const ids = names.map((name) => JSON.parse(readFileSync(join(folder, out, name, file), 'utf8')).id);
  return [
    ...(names.length === 2 ? [] : [`there are ${names.length} of what both wrote`]),
    ...(ids.join() === names.join() ? [] : [`${names.join()} hold ${ids.join()}`]),
  ];
}
