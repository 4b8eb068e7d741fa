import { join } from 'node:path';
import { writeWhole } from '../machine/index.js';
import { BenchError, messageOf } from '../machine/pure.js';
import { chartsOf } from './charts/charts.js';
import { drawer, whyNoPictures } from './picture.js';
import type { ReportInput } from './reporter.js';

/**
 * Writes each chart of a report as a PNG file, `<chart>.png`, for slides and wikis.
 * @returns the paths
 * @throws BenchError REPORT_UNWRITABLE; and what drawer throws: requirePictures says that before
 */
export async function writePngs({ pair, scorecard }: ReportInput, folder: string): Promise<string[]> {
  const draw = drawer();
  const written: string[] = [];
  for (const chart of chartsOf(pair, scorecard).drawn) {
    const path = join(folder, `${chart.id}.png`);
    const [, base64 = ''] = draw(chart, 'image/png').split(',');
    await writeWhole(path, Buffer.from(base64, 'base64')).catch((cause) => {
      throw new BenchError(
        'REPORT_UNWRITABLE',
        `Cannot write the chart ${path}: ${messageOf(cause)}. Make room there, or name another folder with --png.`,
        { cause },
      );
    });
    written.push(path);
  }
  return written;
}

/** @throws BenchError NO_CANVAS where no chart can be drawn as a file */
export function requirePictures(): void {
  const why = whyNoPictures();
  if (why === null) return;
  throw new BenchError(
    'NO_CANVAS',
    `Charts can't be drawn as files here (${why}): run "npm install" again without --omit=optional, or leave --png out.`,
  );
}
