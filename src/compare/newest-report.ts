import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchError } from '../machine/pure.js';
import { REPORTERS } from '../report/index.js';

/**
 * The page of a comparison: the one that is named (the page, or its folder), else the one that was written last.
 * @param folder where runs and comparisons are kept
 * @returns its path
 * @throws BenchError NO_REPORT
 */
export async function findReport(named: string | undefined, folder: string): Promise<string> {
  if (named !== undefined) {
    const page = named.endsWith('.html') ? named : join(named, REPORTERS.html.fileName);
    if ((await writtenAtMs(page)) !== null) return page;
    throw new BenchError('NO_REPORT', `There is no report ${page}: name a compare.html, or its folder.`);
  }
  const names = await readdir(folder).catch(() => [] as string[]);
  const pages = names.map((name) => join(folder, name, REPORTERS.html.fileName));
  let newest: { page: string; atMs: number } | null = null;
  for (const page of pages) {
    const atMs = await writtenAtMs(page);
    if (atMs !== null && (newest === null || atMs > newest.atMs)) newest = { page, atMs };
  }
  if (newest) return newest.page;
  throw new BenchError(
    'NO_REPORT',
    `There is no report in ${folder}: make one with "bench demo" or "bench compare", or name one.`,
  );
}

/** Null where there is no such file. */
async function writtenAtMs(file: string): Promise<number | null> {
  const found = await stat(file).catch(() => null);
  return found?.isFile() ? found.mtimeMs : null;
}
