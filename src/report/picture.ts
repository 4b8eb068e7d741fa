import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { builtPath } from '../machine/index.js';
import type { Chart } from './charts/chart.js';

/** Colours of the light page: a still picture is for paper and for readers without scripts. */
const LIGHT: Record<string, string> = {
  text: '#1b1f24',
  muted: '#57606a',
  grid: '#e3e6ea',
  band: '#f1f3f5',
  baseline: '#6b7280',
  split: '#0072b2',
  replica: '#c77c02',
  target: '#a8470a',
  'on-baseline': '#ffffff',
  'on-split': '#ffffff',
  'on-replica': '#1b1f24',
};

const WIDTH = 640;

/**
 * Draws charts as PNG data URLs. Pictures are an extra: where the canvas can't be had or fails, there is none, and
 * the report has its live charts and its tables.
 * @returns a function from a chart to its picture, or to null
 */
export async function pictures(): Promise<(chart: Chart) => string | null> {
  try {
    const { ChartJSNodeCanvas } = await import('chartjs-node-canvas');
    const { paint, marks } = drawing();
    const fonts = registerFonts();
    return (chart) => {
      try {
        // Its asynchronous renderers never settle with this canvas; the synchronous ones work.
        const canvas = new ChartJSNodeCanvas({
          width: WIDTH,
          height: chart.height,
          backgroundColour: 'white',
          chartCallback: (library) => {
            library.defaults.font.family = fonts;
          },
        });
        const config = paint(chart.config, LIGHT) as { options: object; plugins?: unknown[] };
        config.plugins = [marks];
        config.options = { ...config.options, responsive: false, devicePixelRatio: 1.5 };
        return canvas.renderToDataURLSync(config as never, 'image/png');
      } catch {
        return null;
      }
    };
  } catch {
    return () => null;
  }
}

/** The drawing code of the page, run here: one file draws both. */
function drawing(): { paint: (config: unknown, colours: Record<string, string>) => unknown; marks: unknown } {
  const file = builtPath('report/page/draw.js');
  return runInThisContext(readFileSync(file, 'utf8'), { filename: file });
}

/**
 * Gives the canvas a font: without one it draws no text and says nothing. The fonts belong to one copy of the canvas
 * module, so it has to be the copy that chartjs-node-canvas draws with.
 */
function registerFonts(): string {
  const require = createRequire(import.meta.url);
  const canvas = createRequire(require.resolve('chartjs-node-canvas'))('canvas') as {
    GlobalFonts?: { registerFromPath(path: string, name: string): unknown };
  };
  const folder = join(dirname(require.resolve('dejavu-fonts-ttf/package.json')), 'ttf');
  canvas.GlobalFonts?.registerFromPath(join(folder, 'DejaVuSans.ttf'), FONT);
  return FONT;
}

const FONT = 'DejaVu Sans';
