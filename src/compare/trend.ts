import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchError } from '../machine/pure.js';
import { type Drift, driftsOver } from '../score/index.js';
import { readComparison, type WrittenComparison } from './earlier.js';

/** The same targets over many comparisons. */
export interface Trend {
  comparisons: { file: string; id: string; workload: string; policy: string; valid: boolean }[];
  drifts: Drift[];
}

const FILE = 'compare.json';
/** A folder of reports has a folder for each comparison; trials have theirs among their runs. */
const DEEPEST = 2;

/**
 * Reads every compare.json in these folders, or that is named, and looks for drift over them in the order of their runs.
 * @throws BenchError NO_COMPARISON, or what readComparison throws
 */
export async function trendOver(paths: readonly string[]): Promise<Trend> {
  const files = (await Promise.all(paths.map((path) => filesIn(path, DEEPEST)))).flat();
  const read = await Promise.all(
    [...new Set(files)].map(async (file) => ({ file, comparison: await readComparison(file) })),
  );
  if (read.length === 0)
    throw new BenchError(
      'NO_COMPARISON',
      `There is no ${FILE} in ${paths.join(', ')}: give folders of reports that "bench compare" or "bench trials" wrote.`,
    );
  // A run's id begins with its time.
  const sorted = read.sort((a, b) => (idOf(a.comparison) < idOf(b.comparison) ? -1 : 1));
  return {
    comparisons: sorted.map(({ file, comparison }) => ({
      ...{ file, id: idOf(comparison), workload: comparison.plan.workload.name },
      ...{ policy: comparison.policy, valid: comparison.valid },
    })),
    drifts: driftsOver(sorted.map(({ comparison }) => comparison)),
  };
}

function idOf({ generatedFrom }: WrittenComparison): string {
  return generatedFrom.pairs[0]!.split;
}

async function filesIn(path: string, depth: number): Promise<string[]> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
  if (!isFolder) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  const here = entries.filter((entry) => entry.name === FILE).map(() => join(path, FILE));
  if (depth === 0) return here;
  const below = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => filesIn(join(path, name), depth - 1));
  return [...here, ...(await Promise.all(below)).flat()];
}
