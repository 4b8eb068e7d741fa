import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchError } from '../machine/pure.js';
import { REPORTERS, RUN_PAGE } from '../report/index.js';

/** The pages that a folder of results may have, a comparison's first. */
const PAGES = [REPORTERS.html.fileName, RUN_PAGE];

/**
 * The page of a comparison or a run: the one that is named (the page, or its folder), else the one that was written last.
 * @param folder where runs and comparisons are kept
 * @returns its path
 * @throws BenchError NO_REPORT
 */
export async function findReport(named: string | undefined, folder: string): Promise<string> {
  if (named !== undefined) {
    const [page] = await written(named.endsWith('.html') ? [named] : PAGES.map((name) => join(named, name)));
    if (page) return page.path;
    throw new BenchError('NO_REPORT', `There is no report ${named}: name a compare.html, or its folder.`);
  }
  const names = await readdir(folder).catch(() => [] as string[]);
  const pages = await written(names.flatMap((name) => PAGES.map((page) => join(folder, name, page))));
  const [newest] = pages.sort((a, b) => b.atMs - a.atMs);
  if (newest) return newest.path;
  throw new BenchError(
    'NO_REPORT',
    `There is no report in ${folder}: make one with "bench demo" or "bench compare", or name one.`,
  );
}

/** Those of these files that there are, and when they were written. */
async function written(paths: readonly string[]): Promise<{ path: string; atMs: number }[]> {
  const found = await Promise.all(
    paths.map(async (path) => ({ path, stats: await stat(path).catch(() => null) })),
  );
  return found.flatMap(({ path, stats }) => (stats?.isFile() ? [{ path, atMs: stats.mtimeMs }] : []));
}
