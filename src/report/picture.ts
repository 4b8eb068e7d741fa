import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Chart } from './charts/charts.js';
import { marks, paint } from './page/draw.js';
import { coloursOf } from './palette.js';

/** Of every picture, in CSS pixels. */
export const PICTURE_WIDTH = 640;
const FONT = 'DejaVu Sans';

/**
 * Draws charts as PNG data URLs. Pictures are an extra: where the canvas can't be had or fails, there is none, and
 * the report has its live charts and its tables.
 * @returns a function from a chart to its picture, or to null
 */
export async function pictures(): Promise<(chart: Chart) => string | null> {
  try {
    const { ChartJSNodeCanvas } = await import('chartjs-node-canvas');
    registerFont();
    return (chart) => {
      try {
        // Its asynchronous renderers never settle with this canvas; the synchronous ones work.
        const canvas = new ChartJSNodeCanvas({
          width: PICTURE_WIDTH,
          height: chart.height,
          backgroundColour: 'white',
          chartCallback: (library) => {
            library.defaults.font.family = FONT;
          },
        });
        // For paper, and for readers without scripts: on a light page.
        const painted = paint(chart.config, coloursOf('light'));
        Object.assign(painted.options, { responsive: false, devicePixelRatio: 1.5 });
        return canvas.renderToDataURLSync({ ...painted, plugins: [marks] } as never, 'image/png');
      } catch {
        return null;
      }
    };
  } catch {
    return () => null;
  }
}

/**
 * Gives the canvas a font: without one it draws no text and says nothing. The fonts belong to one copy of the canvas
 * module, so it has to be the copy that chartjs-node-canvas draws with.
 */
function registerFont(): void {
  const require = createRequire(import.meta.url);
  const canvas = createRequire(require.resolve('chartjs-node-canvas'))('canvas') as {
    GlobalFonts?: { registerFromPath(path: string, name: string): unknown };
  };
  const folder = join(dirname(require.resolve('dejavu-fonts-ttf/package.json')), 'ttf');
  canvas.GlobalFonts?.registerFromPath(join(folder, 'DejaVuSans.ttf'), FONT);
}
