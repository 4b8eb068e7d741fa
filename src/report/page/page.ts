import { Chart, registerables } from 'chart.js';
import type { ChartConfig } from '../charts/config.js';
import { coloursOf } from '../palette.js';
import { sharedCursor } from './cursor.js';
import { marks, paint } from './draw.js';
import { openFoldsForPrint } from './print.js';
import { makeSearchable, makeSortable } from './tables.js';
import { tooltip } from './tooltip.js';

/*
 * The page's own script, one file with all that it imports: draws the charts, sorts and searches tables. Without it
 * all figures are there, as tables.
 */

const root = document.documentElement;
const dark = window.matchMedia('(prefers-color-scheme: dark)');
const charts: { id: string; config: ChartConfig }[] = JSON.parse(
  document.getElementById('charts-data')!.textContent!,
);
const drawn: Chart[] = [];

function draw(): void {
  for (const chart of drawn.splice(0)) chart.destroy();
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  const colours = coloursOf(dark.matches ? 'dark' : 'light');
  const overTime: Chart[] = [];
  const cursor = sharedCursor(overTime, colours);
  for (const { id, config } of charts) {
    const isOverTime = config.options.scales.x?.unit === 'seconds';
    const painted = { ...paint(config, colours), plugins: [marks, ...(isOverTime ? [cursor] : [])] };
    Object.assign(painted.options.plugins, { tooltip: tooltip(colours) });
    const chart = new Chart(document.getElementById(`canvas-${id}`) as HTMLCanvasElement, painted as never);
    drawn.push(chart);
    if (isOverTime) overTime.push(chart);
  }
}

try {
  Chart.register(...registerables);
  draw();
  dark.addEventListener('change', draw);
} catch (error) {
  // The still pictures stand in for charts that can't be drawn.
  root.classList.remove('js');
  console.error(error);
}

makeSortable();
makeSearchable();
openFoldsForPrint();
