/* The page's own script: draws the charts, sorts and searches tables. Without it all figures are there, as tables. */
(() => {
  const root = document.documentElement;
  const { paint, marks } = window.splitbenchDraw;
  const charts = JSON.parse(document.getElementById('charts-data').textContent);
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const drawn = [];

  function draw() {
    for (const chart of drawn.splice(0)) chart.destroy();
    const style = getComputedStyle(root);
    const colours = Object.fromEntries(
      [
        'text',
        'muted',
        'grid',
        'band',
        'baseline',
        'split',
        'replica',
        'target',
        'on-baseline',
        'on-split',
        'on-replica',
      ].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
    );
    Chart.defaults.font.family = style.getPropertyValue('--font');
    for (const { id, config } of charts) {
      const painted = paint(config, colours);
      drawn.push(new Chart(document.getElementById(`canvas-${id}`), { ...painted, plugins: [marks] }));
    }
  }

  try {
    draw();
    dark.addEventListener('change', draw);
  } catch (error) {
    // The still pictures stand in for charts that can't be drawn.
    root.classList.remove('js');
    console.error(error);
  }

  for (const table of document.querySelectorAll('table.sortable')) {
    for (const [index, head] of [...table.tHead.rows[0].cells].entries()) {
      head.querySelector('button').addEventListener('click', () => sortBy(table, index, head));
    }
  }

  const OPPOSITE = { ascending: 'descending', descending: 'ascending' };

  /** The first click shows the largest number or the first word on top; each further one turns the order. */
  function sortBy(table, index, head) {
    const numeric = head.classList.contains('number');
    const order = OPPOSITE[head.getAttribute('aria-sort')] ?? (numeric ? 'descending' : 'ascending');
    const direction = order === 'ascending' ? 1 : -1;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', order);
    const key = (row) => {
      const cell = row.cells[index];
      return numeric ? Number(cell.dataset.sort ?? Number.NEGATIVE_INFINITY) : cell.textContent;
    };
    const rows = [...table.tBodies[0].rows].sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      return direction * (numeric ? x - y || 0 : x.localeCompare(y));
    });
    table.tBodies[0].append(...rows);
  }

  for (const input of document.querySelectorAll('input[data-search]')) {
    const rows = [...document.querySelectorAll(`#${input.dataset.search} tbody tr`)];
    const count = document.getElementById(`${input.dataset.search}-count`);
    input.addEventListener('input', () => {
      const wanted = input.value.trim().toLowerCase();
      let shown = 0;
      for (const row of rows) {
        row.hidden = !row.textContent.toLowerCase().includes(wanted);
        if (!row.hidden) shown++;
      }
      count.textContent = `${shown} of ${rows.length} shown`;
    });
  }
})();
