import { Chart, registerables } from 'chart.js';
import type { ChartConfig } from '../charts/config.js';
import { coloursOf } from '../palette.js';
import { marks, paint } from './draw.js';

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
  for (const { id, config } of charts) {
    const painted = { ...paint(config, coloursOf(dark.matches ? 'dark' : 'light')), plugins: [marks] };
    drawn.push(new Chart(document.getElementById(`canvas-${id}`) as HTMLCanvasElement, painted as never));
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

for (const table of document.querySelectorAll<HTMLTableElement>('table.sortable')) {
  for (const head of table.tHead!.rows[0]!.cells) {
    head.querySelector('button')!.addEventListener('click', () => sortBy(table, head));
  }
}

/** The first click shows the largest number or the first word on top; each further one turns the order. */
function sortBy(table: HTMLTableElement, head: HTMLTableCellElement): void {
  const numeric = head.classList.contains('number');
  const before = head.getAttribute('aria-sort');
  const ascending = before === null ? !numeric : before === 'descending';
  for (const other of table.tHead!.rows[0]!.cells) other.removeAttribute('aria-sort');
  head.setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
  const cellOf = (row: HTMLTableRowElement) => row.cells[head.cellIndex]!;
  const numberOf = (row: HTMLTableRowElement) => Number(cellOf(row).dataset.sort ?? Number.NEGATIVE_INFINITY);
  const rows = [...table.tBodies[0]!.rows].sort((a, b) => {
    const order = numeric
      ? numberOf(a) - numberOf(b) || 0
      : cellOf(a).textContent!.localeCompare(cellOf(b).textContent!);
    return ascending ? order : -order;
  });
  table.tBodies[0]!.append(...rows);
}

for (const input of document.querySelectorAll<HTMLInputElement>('input[data-search]')) {
  const list = input.dataset.search!;
  const rows = [...document.querySelectorAll<HTMLTableRowElement>(`#${list} tbody tr`)];
  const count = document.getElementById(`${list}-count`)!;
  input.addEventListener('input', () => {
    const wanted = input.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.textContent!.toLowerCase().includes(wanted);
    count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} shown`;
  });
}
