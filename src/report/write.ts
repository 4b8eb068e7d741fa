import { join, relative, resolve, sep } from 'node:path';
import { writeWhole } from '../machine/index.js';
import { BenchError, wordsOf } from '../machine/pure.js';
import type { RunRecord } from '../record/pure.js';
import type { Failure } from '../score/index.js';
import type { RecordPaths, ReportInput } from './reporter.js';
import { type Format, REPORTERS } from './reporters.js';
import { runPage } from './run/page.js';
import { trendPage } from './trend/page.js';
import type { Trend } from './trend/trend.js';

/** What the page of a run is called. */
export const RUN_PAGE = 'run.html';

/**
 * Writes a comparison in the formats that are asked for, each file whole or not at all.
 * @param request.files paths of the run.json files, for the report to link to
 * @returns the path of each file, and what they were made from
 * @throws BenchError REPORT_UNWRITABLE
 */
export async function writeReport(
  request: Omit<ReportInput, 'links'> & {
    files: RecordPaths;
    outDir: string;
    formats: readonly Format[];
    failOn?: readonly Failure[] | undefined;
  },
): Promise<{ written: Partial<Record<Format, string>>; report: ReportInput }> {
  const { files, outDir, formats, failOn, ...input } = request;
  const report = { ...input, formats, links: linksOf(files, outDir) };
  const written: Partial<Record<Format, string>> = {};
  for (const format of formats) {
    const { fileName, render } = REPORTERS[format];
    const path = join(outDir, fileName);
    await writePage(path, await render(report, { failOn }));
    written[format] = path;
  }
  return { written, report };
}

/**
 * Writes the page of a single run.
 * @returns its path
 * @throws BenchError REPORT_UNWRITABLE
 */
export async function writeRunReport(run: RunRecord, folder: string): Promise<string> {
  const path = join(folder, RUN_PAGE);
  await writePage(path, runPage(run));
  return path;
}

/**
 * Writes the page of many comparisons.
 * @throws BenchError REPORT_UNWRITABLE
 */
export async function writeTrendReport(trend: Trend, file: string): Promise<void> {
  await writePage(file, trendPage(trend), '--html');
}

/** @param option names the place */
async function writePage(path: string, text: string, option = '--out'): Promise<void> {
  await writeWhole(path, text).catch((cause) => {
    throw new BenchError(
      'REPORT_UNWRITABLE',
      `Cannot write the report ${path}: ${wordsOf(cause)}. Make room there, or name another folder with ${option}.`,
      { cause },
    );
  });
}

/** Links that work wherever the two folders are moved together. */
function linksOf({ baseline, split, control, pairs }: RecordPaths, folder: string): RecordPaths {
  const link = (file: string) =>
    relative(resolve(folder), resolve(file)).split(sep).map(encodeURIComponent).join('/');
  return {
    baseline: link(baseline),
    split: link(split),
    ...(control !== undefined && { control: link(control) }),
    ...(pairs && { pairs: pairs.map((pair) => linksOf(pair, folder)) }),
  };
}
