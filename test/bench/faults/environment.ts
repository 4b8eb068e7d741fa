import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { NEXT_RUN, runOf, SMALL } from './commands.js';
import type { Ground } from './ground.js';
import type { Around, Exit, Fault } from './promises.js';

interface Row {
  name: string;
  env?: NodeJS.ProcessEnv;
  /** Shell before the command. */
  shell?: string;
  /** What the folders of work, cache and temporary files are called. */
  folder?: string;
  /** What the folder of work alone is called. */
  work?: string;
  /** By default a run of a second. */
  args?: readonly string[];
  /** By default it works. */
  exits?: readonly Exit[];
  says?: RegExp;
}

const RUN = ['run', 'baseline', ...SMALL, '--duration', '1s'];
/** Shell that doesn't hand over to the command, but starts it itself. */
const FULL_OUTPUT = '"$@" >/dev/full; exit $?';

const ROWS: readonly Row[] = [
  { name: 'no HOME', env: { HOME: undefined } },
  { name: 'a HOME that is not there', env: { HOME: '/nonexistent' } },
  { name: 'a TMPDIR that is not there', env: { TMPDIR: '/nonexistent' }, exits: [0, 2] },
  { name: 'a TMPDIR that is a file', env: { TMPDIR: '/etc/passwd' }, exits: [0, 2] },
  { name: 'no PATH', env: { PATH: undefined } },
  { name: 'a locale that is not installed', env: { LANG: 'tlh_KX.UTF-8', LC_ALL: 'tlh_KX.UTF-8' } },
  { name: 'a comma for the decimal point', env: { LANG: 'de_DE.UTF-8', LC_NUMERIC: 'de_DE.UTF-8' } },
  { name: 'a time zone with odd minutes', env: { TZ: 'Asia/Kathmandu' } },
  { name: 'a time zone that does not exist', env: { TZ: 'Nowhere/Land' } },
  { name: "PostgreSQL's variables set", env: { PGHOST: '192.0.2.1', PGPORT: '1', PGOPTIONS: '-c x=y' } },
  { name: 'umask 077', shell: 'umask 077' },
  { name: 'umask 000', shell: 'umask 000' },
  { name: '30 open files', shell: 'ulimit -n 30', exits: [4] },
  { name: '64 open files', shell: 'ulimit -n 64', exits: [0, 2, 4] },
  { name: 'files of 1 MB at most', shell: 'ulimit -f 1024', exits: [2, 4] },
  { name: 'spaces in paths', folder: 'with some spaces ' },
  { name: 'an apostrophe and signs in paths', folder: `it's (so) & so; #1 *` },
  { name: 'quotes in paths', folder: `"quoted" \`so\` $HOME`, exits: [2], says: /BENCH_CACHE/ },
  { name: 'a newline in paths', folder: 'two\nlines', exits: [2], says: /BENCH_CACHE/ },
  { name: 'a newline and quotes in the path of the work', work: `"two"\n\`lines\` $HOME` },
  { name: 'umlauts in paths', folder: 'Prüfstand-ß-試験' },
  { name: 'a cache that can not be made', env: { BENCH_CACHE: '/proc/x' }, exits: [2], says: /BENCH_CACHE/ },
  { name: 'an --out that can not be made', args: [...RUN, '--out', '/proc/x/y'], exits: [2], says: /--out/ },
  { name: 'an --out under a file', args: [...RUN, '--out', '/etc/passwd/x'], exits: [2], says: /--out/ },
  {
    name: 'a folder that is gone',
    shell: 'gone=$(mktemp -d) && cd "$gone" && rmdir "$gone"',
    exits: [2],
    says: /folder/,
  },
  {
    name: 'a full standard output',
    args: ['doctor'],
    shell: FULL_OUTPUT,
    exits: [4],
    says: /standard output/,
  },
];

/** Surroundings that a bench may find itself in. */
export const environment: Fault[] = [...ROWS.map(faultOf), NEXT_RUN];

function faultOf({
  name,
  env,
  shell,
  folder,
  work,
  args = runOf('split', 1),
  exits = [0],
  says,
}: Row): Fault {
  return {
    ...{ name, args, exits, says },
    around: (ground): Around => ({
      env: { ...env, ...(folder !== undefined && foldersIn(ground, folder)) },
      ...(shell !== undefined && { launcher: ['sh', '-c', `${shell}; exec "$@"`, 'sh'] }),
      ...(folder !== undefined && { folder: join(ground.root, folder, 'work') }),
      ...(work !== undefined && { folder: made(join(ground.root, work)) }),
    }),
  };
}

function foldersIn({ root }: Ground, name: string): NodeJS.ProcessEnv {
  const [cache, temp] = ['cache', 'temp', 'work'].map((part) => made(join(root, name, part)));
  return { BENCH_CACHE: cache, TMPDIR: temp };
}

function made(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
}
