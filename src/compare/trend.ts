import { readdir, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { BenchError } from '../machine/pure.js';
import type { Trend } from '../report/index.js';
import { driftsOver } from '../score/index.js';
import { otherWork, readComparison, type WrittenComparison } from './earlier.js';

const FILE = 'compare.json';

interface Read {
  file: string;
  comparison: WrittenComparison;
}

/**
 * Reads every compare.json in these folders, or that is named, and looks for drift over those of the newest one's work, in the order
 * of their runs. Each set of runs counts once, however often it was compared.
 * @throws BenchError NO_COMPARISON
 */
export async function trendOver(paths: readonly string[]): Promise<Trend> {
  const files = [...new Set((await Promise.all(paths.map(filesIn))).flat())];
  const notes: string[] = [];
  const read: Read[] = [];
  for (const file of files.sort()) {
    const comparison = await readComparison(file).catch((error) => {
      if (!(error instanceof BenchError)) throw error;
      notes.push(`Left out: ${error.message}`);
      return null;
    });
    if (comparison && !comparison.equalSides) read.push({ file, comparison });
  }
  // A run's id begins with its time.
  const sorted = [...new Map(read.map((each) => [runsOf(each.comparison), each])).values()].sort((a, b) =>
    idOf(a.comparison) < idOf(b.comparison) ? -1 : 1,
  );
  const newest = sorted.at(-1);
  if (!newest)
    throw new BenchError(
      'NO_COMPARISON',
      `There is no ${FILE} of a baseline and a split in ${paths.join(', ')}: give folders of reports that "bench compare" or "bench trials" wrote.${notes.map((note) => ` ${note}`).join('')}`,
    );
  const alike = sorted.filter(
    ({ comparison }) => otherWork(comparison.plan, newest.comparison.plan).length === 0,
  );
  if (alike.length < sorted.length)
    notes.push(
      `Left out: ${sorted.length - alike.length} of a different workload than the newest, ${newest.file}.`,
    );
  return {
    comparisons: alike.map(({ file, comparison }) => ({
      ...{ file, id: idOf(comparison), policy: comparison.policy, valid: comparison.valid },
    })),
    drifts: driftsOver(alike.map(({ comparison }) => comparison)),
    notes,
  };
}

function idOf({ generatedFrom }: WrittenComparison): string {
  return generatedFrom.pairs[0]!.split;
}

function runsOf({ generatedFrom }: WrittenComparison): string {
  return generatedFrom.pairs.map(({ baseline, split }) => `${baseline} ${split}`).join(', ');
}

/** However deep: trials have theirs among their runs, and who keeps what CI wrote has a folder for each job around that. */
async function filesIn(path: string): Promise<string[]> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
  if (!isFolder) return [path];
  const entries = await readdir(path, { recursive: true });
  const isOne = (entry: string) => basename(entry) === FILE && !entry.split(sep).includes('node_modules');
  return entries.filter(isOne).map((entry) => join(path, entry));
}
