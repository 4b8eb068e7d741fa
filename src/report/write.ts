import { join, relative, resolve, sep } from 'node:path';
import { writeWhole } from '../machine/index.js';
import { BenchError, messageOf } from '../machine/pure.js';
import type { RecordPaths, ReportInput } from './reporter.js';
import { REPORTERS } from './reporters.js';

/**
 * Writes a comparison in the formats that are asked for, each file whole or not at all.
 * @param request.files paths of the run.json files, for the report to link to
 * @returns the path of each file, and what they were made from
 * @throws BenchError REPORT_UNWRITABLE
 */
export async function writeReport<Asked extends keyof typeof REPORTERS>(
  request: Omit<ReportInput, 'links'> & { files: RecordPaths; outDir: string; formats: readonly Asked[] },
): Promise<{ written: Record<Asked, string>; report: ReportInput }> {
  const { files, outDir, formats, ...input } = request;
  const report = { ...input, links: linksOf(files, outDir) };
  const written: Partial<Record<Asked, string>> = {};
  for (const format of formats) {
    const { fileName, render } = REPORTERS[format];
    const path = join(outDir, fileName);
    const text = await render(report);
    await writeWhole(path, text).catch((cause) => {
      throw new BenchError(
        'REPORT_UNWRITABLE',
        `Cannot write the report ${path}: ${messageOf(cause)}. Make room there, or name another folder with --out.`,
        { cause },
      );
    });
    written[format] = path;
  }
  return { written: written as Record<Asked, string>, report };
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
