import { join, relative, resolve, sep } from 'node:path';
import { writeWhole } from '../machine/index.js';
import { BenchError, messageOf } from '../machine/pure.js';
import type { RunRecord } from '../record/pure.js';
import type { Pair, Scorecard } from '../score/index.js';
import { REPORTERS } from './reporters.js';

/**
 * Writes a comparison in every format, each file whole or not at all.
 * @param request.files paths of the run.json files, for the report to link to
 * @returns the path of each file, by format
 * @throws BenchError REPORT_UNWRITABLE
 */
export async function writeReport(request: {
  pair: Pair;
  scorecard: Scorecard;
  control?: RunRecord;
  outDir: string;
  files: {
    baseline: string;
    split: string;
    control?: string;
    pairs?: { baseline: string; split: string }[];
  };
}): Promise<Record<keyof typeof REPORTERS, string>> {
  const { pair, scorecard, control, outDir, files } = request;
  const linksOf = ({ baseline, split }: { baseline: string; split: string }) => ({
    baseline: linkFrom(outDir, baseline),
    split: linkFrom(outDir, split),
  });
  const links = {
    ...linksOf(files),
    ...(files.pairs && { pairs: files.pairs.map(linksOf) }),
    ...(files.control !== undefined && { control: linkFrom(outDir, files.control) }),
  };
  const written: [string, string][] = [];
  for (const [format, reporter] of Object.entries(REPORTERS)) {
    const path = join(outDir, reporter.fileName);
    await writeFormat(path, await reporter.render({ pair, scorecard, control, links }));
    written.push([format, path]);
  }
  return Object.fromEntries(written) as Record<keyof typeof REPORTERS, string>;
}

async function writeFormat(path: string, text: string): Promise<void> {
  try {
    await writeWhole(path, text);
  } catch (cause) {
    throw new BenchError(
      'REPORT_UNWRITABLE',
      `Cannot write the report ${path}: ${messageOf(cause)}. Make room there, or name another folder with --out.`,
      { cause },
    );
  }
}

/** A link that works wherever the two folders are moved together. */
function linkFrom(folder: string, file: string): string {
  return relative(resolve(folder), resolve(file)).split(sep).map(encodeURIComponent).join('/');
}
