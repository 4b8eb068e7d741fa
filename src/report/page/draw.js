/*
 * What both the page and the still pictures draw with. Evaluates to { paint, marks }: charts are data, in which
 * colours are names and the marks that Chart.js doesn't have (shaded stretches, limits, joined points) are lists.
 */
(() => {
  /** A copy of a chart's configuration with colours in place of their names, and numbers written as in the text. */
  function paint(config, colours) {
    const painted = coloured(config, colours);
    for (const scale of Object.values(painted.options.scales)) {
      if (scale.type === 'linear') scale.ticks.callback = written;
      // Labels for 1, 2 and 5 of each power of ten, over a long range for 1 alone: more would run into each other.
      if (scale.type === 'logarithmic') {
        const labelled = scale.max / scale.min > 100 ? [1] : [1, 2, 5];
        scale.ticks.callback = (value) => (labelled.includes(leadingDigit(value)) ? written(value) : '');
      }
    }
    painted.options.plugins.marks.colours = colours;
    painted.options.plugins.tooltip = {
      callbacks: {
        title: (items) => (items[0]?.dataset.label && items[0].label) || '',
        label: (item) => `${item.dataset.label}: ${written(Number(reading(item).toPrecision(3)))}`,
      },
    };
    return painted;
  }

  /** 5 for 500 and 0.05; not a whole number where more digits follow. */
  function leadingDigit(value) {
    return Number((value / 10 ** Math.floor(Math.log10(value) + 1e-9)).toPrecision(3));
  }

  function coloured(value, colours) {
    if (typeof value === 'string') return value.startsWith('@') ? (colours[value.slice(1)] ?? value) : value;
    if (Array.isArray(value)) return value.map((each) => coloured(each, colours));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, coloured(each, colours)]));
  }

  function reading(item) {
    return item.chart.options.indexAxis === 'y' ? item.parsed.x : item.parsed.y;
  }

  function written(value) {
    return value.toLocaleString('en-US', { maximumSignificantDigits: 6 }).replace('-', '−');
  }

  /** A Chart.js plugin. Its options are the lists `bands`, `lines`, `bars` and the switch `dumbbells`. */
  const marks = {
    id: 'marks',
    /** Chart.js puts a legend so close that the topmost label of an axis touches it. */
    beforeInit({ legend }) {
      if (!legend) return;
      const fit = legend.fit;
      legend.fit = function () {
        fit.call(this);
        if (this.options.display) this.height += 8;
      };
    },
    beforeDatasetsDraw(chart, _args, { bands = [], dumbbells, colours = {} }) {
      const { ctx, chartArea: area, scales } = chart;
      ctx.save();
      for (const { from, to, label } of bands) {
        const left = scales.x.getPixelForValue(from);
        const right = scales.x.getPixelForValue(to);
        ctx.fillStyle = colours.band;
        ctx.fillRect(left, area.top, right - left, area.height);
        write(ctx, label, left + 6, area.top + 12, colours.muted);
      }
      if (dumbbells) {
        ctx.strokeStyle = colours.muted;
        ctx.lineWidth = 1;
        const [first, second] = [chart.getDatasetMeta(0).data, chart.getDatasetMeta(1).data];
        for (const [index, point] of first.entries()) {
          ctx.beginPath();
          ctx.moveTo(point.x, point.y);
          ctx.lineTo(second[index].x, second[index].y);
          ctx.stroke();
        }
      }
      ctx.restore();
    },
    afterDatasetsDraw(chart, _args, { lines = [], bars = [], colours = {} }) {
      const { ctx, chartArea: area, scales } = chart;
      ctx.save();
      for (const { y, label } of lines) {
        const at = scales.y.getPixelForValue(y);
        ctx.strokeStyle = colours.target;
        ctx.lineWidth = 1.5;
        ctx.setLineDash([8, 3, 2, 3]);
        ctx.beginPath();
        ctx.moveTo(area.left, at);
        ctx.lineTo(area.right, at);
        ctx.stroke();
        ctx.setLineDash([]);
        write(ctx, label, area.right - 6, at - 8, colours.target, 'right');
      }
      for (const [index, labels] of bars.entries()) {
        for (const [row, bar] of chart.getDatasetMeta(index).data.entries()) {
          const { text, colour } = labels[row];
          const inside = ctx.measureText(text).width + 16 < Math.abs(bar.x - bar.base);
          const isLast = bars.slice(index + 1).every((later) => later[row].text === '');
          if (inside) write(ctx, text, Math.min(bar.x, bar.base) + 8, bar.y, colour);
          else if (isLast) write(ctx, text, Math.max(bar.x, bar.base) + 8, bar.y, colours.text);
        }
      }
      ctx.restore();
    },
  };

  function write(ctx, text, x, y, colour, align = 'left') {
    ctx.fillStyle = colour;
    ctx.textAlign = align;
    ctx.textBaseline = 'middle';
    ctx.fillText(text, x, y);
  }

  return { paint, marks };
})();
