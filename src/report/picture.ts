import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as chartjsNodeCanvas from 'chartjs-node-canvas';
import { builtPath } from '../machine/index.js';
import { messageOf } from '../machine/pure.js';
import type { Chart } from './charts/charts.js';
import { marks, paint } from './page/draw.js';
import { coloursOf } from './palette.js';

/** Of every picture, in CSS pixels. */
export const PICTURE_WIDTH = 640;
/** Pixels to one of CSS. In a page, which holds all of them, they are for paper: 125 to an inch. */
const DENSITY = { 'image/webp': 1.4, 'image/png': 1.5 };
const FONT = 'DejaVu Sans';

/**
 * Draws charts as WebP data URLs, which are a third of PNG's. Pictures are an extra: where the canvas can't be had or fails, there is none, and
 * the report has its live charts and its tables.
 * @returns a function from a chart to its picture, or to null
 */
export function pictures(): (chart: Chart) => string | null {
  try {
    const draw = drawer();
    return (chart) => {
      try {
        return draw(chart, 'image/webp');
      } catch {
        return null;
      }
    };
  } catch {
    return () => null;
  }
}

/**
 * What draws a chart as a data URL, on a light page: for paper, for slides, and for readers without scripts.
 * @throws Error where there is no canvas for this platform
 */
export function drawer(): (chart: Chart, format: 'image/webp' | 'image/png') => string {
  const { ChartJSNodeCanvas } = canvas();
  return (chart, format) => {
    // Its asynchronous renderers never settle with this canvas; the synchronous ones work.
    const canvas = new ChartJSNodeCanvas({
      width: PICTURE_WIDTH,
      height: chart.height,
      backgroundColour: 'white',
      chartCallback: (library) => {
        library.defaults.font.family = FONT;
      },
    });
    const painted = paint(chart.config, coloursOf('light'));
    Object.assign(painted.options, { responsive: false, devicePixelRatio: DENSITY[format] });
    return canvas.renderToDataURLSync({ ...painted, plugins: [marks] } as never, format as never);
  };
}

/** Why no pictures can be drawn here, in words; null if they can. */
export function whyNoPictures(): string | null {
  try {
    canvas();
    return null;
  } catch (error) {
    return messageOf(error).split('\n')[0]!;
  }
}

interface Canvas {
  ChartJSNodeCanvas: typeof chartjsNodeCanvas.ChartJSNodeCanvas;
  GlobalFonts: { registerFromPath(path: string, name: string): unknown };
}

/**
 * What draws, with a font: without one it draws no text and says nothing.
 * @throws Error where there is no canvas for this platform
 */
function canvas(): Canvas {
  const require = createRequire(import.meta.url);
  const found = require(builtPath('report/canvas.cjs')) as Canvas;
  const fonts = join(dirname(require.resolve('dejavu-fonts-ttf/package.json')), 'ttf');
  found.GlobalFonts.registerFromPath(join(fonts, 'DejaVuSans.ttf'), FONT);
  return found;
}
