import type { ActiveElement, Chart, ChartEvent, Plugin } from 'chart.js';
import type { Colours } from '../palette.js';

/** One moment on all charts over time: where the pointer is on one, each has a line there and tells what it was. */
export function sharedCursor(charts: readonly Chart[], colours: Colours): Plugin<'line' | 'bar'> {
  return {
    id: 'cursor',
    afterEvent(chart, { event, inChartArea }) {
      if (event.type !== 'mousemove' && event.type !== 'mouseout') return;
      const moment = inChartArea && event.x !== null ? chart.scales.x!.getValueForPixel(event.x)! : null;
      for (const other of charts) if (other !== chart) moveTo(other, moment);
    },
    afterDatasetsDraw({ ctx, chartArea: { top, bottom }, tooltip }) {
      const [point] = tooltip?.getActiveElements() ?? [];
      if (!point) return;
      ctx.save();
      ctx.strokeStyle = colours.muted;
      ctx.beginPath();
      ctx.moveTo(point.element.x, top);
      ctx.lineTo(point.element.x, bottom);
      ctx.stroke();
      ctx.restore();
    },
  };
}

/** @param moment in units of the x axis; null for none */
function moveTo(chart: Chart, moment: number | null): void {
  const position = {
    x: moment === null ? 0 : chart.scales.x!.getPixelForValue(moment),
    y: chart.chartArea.top,
  };
  chart.tooltip!.setActiveElements(moment === null ? [] : elementsAt(chart, position), position);
  chart.render();
}

/** What Chart.js itself would find under a pointer. */
function elementsAt(chart: Chart, position: Record<'x' | 'y', number>): ActiveElement[] {
  const event: ChartEvent = { type: 'mousemove', native: null, ...position };
  const found = chart.getElementsAtEventForMode(
    event as unknown as Event,
    'nearest',
    { axis: 'x', intersect: false },
    false,
  );
  return found as ActiveElement[];
}
