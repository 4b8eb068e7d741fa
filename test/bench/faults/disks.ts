import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NEXT_RUN, runOf } from './commands.js';
import type { Ground } from './ground.js';
import type { Around, Bench, Exit, Fault } from './promises.js';

interface Row {
  name: string;
  /** What lies on the disk of this size. */
  of: 'cache' | 'out' | 'temp';
  size: string;
  readOnly?: true;
  noExec?: true;
  args?: readonly string[];
  /** At which words what happens to it. */
  when?: RegExp;
  does?: (disk: string) => void;
  exits: readonly Exit[];
  says?: RegExp;
  /** Where the harm is done, how long the bench may go on. */
  withinS?: number;
}

const ROWS: readonly Row[] = [
  { name: 'a cache of 20 MB', of: 'cache', size: '20m', exits: [2, 4], says: /disk|space|free/i },
  { name: 'a cache of 200 MB', of: 'cache', size: '200m', exits: [2, 4], says: /disk|space|free/i },
  {
    name: 'a cache that is read-only',
    of: 'cache',
    size: '1m',
    readOnly: true,
    exits: [2],
    says: /BENCH_CACHE/,
  },
  {
    name: 'a cache that holds no programs',
    of: 'cache',
    size: '3g',
    noExec: true,
    exits: [2],
    says: /noexec/,
  },
  {
    name: 'doctor on a cache that holds no programs',
    of: 'cache',
    size: '3g',
    noExec: true,
    args: ['doctor'],
    exits: [1],
    says: /noexec/,
  },
  {
    name: 'the cache full while the data set is loaded',
    of: 'cache',
    size: '3g',
    ...{ when: /^preparing the data set/, does: fill },
    exits: [2, 4],
    says: /disk|space/i,
    withinS: 45,
  },
  {
    name: 'the cache full while measuring',
    of: 'cache',
    size: '3g',
    ...{ when: /^measuring/, does: fill },
    // A short run has all its WAL allocated by then, and may need no more: then it was measured.
    exits: [0, 4],
    withinS: 45,
  },
  { name: 'an --out of 16 kB', of: 'out', size: '16k', exits: [2, 4], says: /disk|space|out/i },
  { name: 'an --out that is read-only', of: 'out', size: '1m', readOnly: true, exits: [2], says: /--out/ },
  {
    name: 'an --out full while measuring',
    of: 'out',
    size: '1m',
    ...{ when: /^measuring/, does: fill },
    exits: [4],
    says: /it is kept in .*kept/,
  },
  {
    name: 'an --out that is gone while measuring',
    of: 'out',
    size: '1m',
    ...{ when: /^measuring/, does: unmount },
    exits: [0, 4],
  },
  {
    name: 'an --out made read-only while measuring',
    of: 'out',
    size: '1m',
    ...{ when: /^measuring/, does: makeReadOnly },
    exits: [4],
    says: /it is kept in .*kept/,
  },
  { name: 'a TMPDIR that is full', of: 'temp', size: '4k', exits: [0, 2, 4] },
  {
    name: 'a trace that does not fit',
    of: 'out',
    size: '16k',
    args: ['import', 'server.csv'],
    exits: [2, 4],
    says: /disk|space/i,
  },
];

const lacking = cannotMount();

/** Disks that are full, or become so, on file systems in memory. */
export const disks: Fault[] = [...ROWS.map(faultOf), NEXT_RUN];

function cannotMount(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root can mount disks';
  // In a namespace of its own: nothing is mounted here.
  const { status } = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']);
  return status !== 0 && 'nothing can be mounted here';
}

function faultOf({ of, size, readOnly, noExec, args, when, does, ...row }: Row): Fault {
  return {
    ...row,
    lacking,
    args: args ?? runOf('baseline', 3),
    around: (ground) => onDisk(ground, { of, size, readOnly, noExec, isImport: args?.[0] === 'import' }),
    ...(when && { harm: (bench: Bench) => harm(bench, when, () => does?.(diskOf(bench.around))) }),
  };
}

async function harm(bench: Bench, when: RegExp, harmIt: () => void): Promise<boolean> {
  if (!(await bench.said(when))) return false;
  await sleep(500);
  if (bench.hasEnded) return false;
  harmIt();
  return true;
}

const DISK = 'FAULTS_DISK';
const diskOf = ({ env }: Around) => String(env?.[DISK]);

function onDisk(
  ground: Ground,
  { of, size, readOnly, noExec, isImport }: Partial<Row> & { isImport: boolean },
): Around {
  const disk = mkdtempSync(join(ground.root, 'disk-'));
  mount(disk, `size=${size},mode=${of === 'temp' ? '1777' : '755'}${noExec ? ',noexec' : ''}`);
  const place = join(disk, 'place');
  mkdirSync(place);
  chmodSync(place, of === 'temp' ? 0o1777 : 0o755);
  if (readOnly) makeReadOnly(disk);
  const out = isImport ? ['-o', join(place, 'import.trace')] : ['--out', place];
  return {
    env: {
      [DISK]: disk,
      ...(of === 'cache' && { BENCH_CACHE: place }),
      ...(of === 'temp' && { TMPDIR: place }),
    },
    ...(of === 'out' && { args: out, made: place }),
    undo() {
      unmount(disk);
      rmSync(disk, { recursive: true, force: true });
    },
  };
}

function mount(disk: string, options: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]);
}

/** Lazily: whatever still uses it. Of one that is not mounted any more nothing is to be done. */
function unmount(disk: string): void {
  spawnSync('umount', ['-l', disk]);
}

function makeReadOnly(disk: string): void {
  execFileSync('mount', ['-o', 'remount,ro', disk]);
}

/** With zeros, until there is no more: what reserves all at once gives all back if somebody else took some of it. */
function fill(disk: string): void {
  for (const block of ['1M', '4k']) {
    const file = `of=${join(disk, `full-${block}`)}`;
    spawnSync('dd', ['if=/dev/zero', file, `bs=${block}`]);
  }
}
