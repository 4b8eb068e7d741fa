/** Tables that are sorted by the heads of their columns. */
export function makeSortable(): void {
  for (const table of document.querySelectorAll<HTMLTableElement>('table.sortable')) {
    for (const head of table.tHead!.rows[0]!.cells) {
      head.querySelector('button')!.addEventListener('click', () => sortBy(table, head));
    }
  }
}

/** Tables whose rows are searched, picked and put in order by tools above them. */
export function makeSearchable(): void {
  for (const tools of document.querySelectorAll<HTMLElement>('[data-list]')) handle(tools);
}

/** The first click shows the largest number or the first word on top; each further one turns the order. */
function sortBy(table: HTMLTableElement, head: HTMLTableCellElement): void {
  const numeric = head.classList.contains('number');
  const before = head.getAttribute('aria-sort');
  const ascending = before === null ? !numeric : before === 'descending';
  for (const other of table.tHead!.rows[0]!.cells) other.removeAttribute('aria-sort');
  head.setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
  const cellOf = (row: HTMLTableRowElement) => row.cells[head.cellIndex]!;
  // A cell without a number of its own has it as its text, or none.
  const numberOf = (row: HTMLTableRowElement) => {
    const { dataset, textContent } = cellOf(row);
    const value = Number(dataset.sort ?? (textContent || Number.NEGATIVE_INFINITY));
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
  };
  const rows = [...table.tBodies[0]!.rows].sort((a, b) => {
    const order = numeric
      ? numberOf(a) - numberOf(b) || 0
      : cellOf(a).textContent!.localeCompare(cellOf(b).textContent!);
    return ascending ? order : -order;
  });
  table.tBodies[0]!.append(...rows);
  table.dispatchEvent(new Event('sorted'));
}

/** Search, choice and order of the rows of a table, of which the first are seen until someone asks for all. */
function handle(tools: HTMLElement): void {
  const table = document.querySelector<HTMLTableElement>(`#${tools.dataset.list} table`)!;
  const find = <Element extends HTMLElement>(selector: string) => tools.querySelector<Element>(selector);
  const search = find<HTMLInputElement>('input[type=search]')!;
  const pick = find<HTMLSelectElement>('[data-pick]');
  const order = find<HTMLSelectElement>('[data-order]');
  const all = find<HTMLButtonElement>('[data-all]');
  const status = find('[role=status]')!;
  let most = Number(tools.dataset.most ?? Number.POSITIVE_INFINITY);

  function show(): void {
    const rows = [...table.tBodies[0]!.rows];
    const wanted = plainSpaces(search.value.trim());
    const kind = pick?.value ?? '';
    const fit = rows.filter(
      ({ textContent, dataset }) =>
        plainSpaces(textContent!).includes(wanted) && (kind === '' || dataset.is!.split(' ').includes(kind)),
    );
    const seen = new Set(fit.slice(0, most));
    for (const row of rows) row.hidden = !seen.has(row);
    if (all) all.hidden = seen.size === fit.length;
    const of = fit.length < rows.length ? `${fit.length} that fit, of ${rows.length}` : `${rows.length}`;
    status.textContent = `${seen.size} of ${of} shown`;
  }

  search.addEventListener('input', show);
  pick?.addEventListener('change', show);
  table.addEventListener('sorted', show);
  all?.addEventListener('click', () => {
    most = Number.POSITIVE_INFINITY;
    show();
    // The button goes; who came to it by keyboard goes on where it was.
    search.focus();
  });
  order?.addEventListener('change', () => {
    const orderOf = (row: HTMLTableRowElement) => Number(row.dataset[order.value]);
    table.tBodies[0]!.append(...[...table.tBodies[0]!.rows].sort((a, b) => orderOf(b) - orderOf(a)));
    for (const head of table.tHead!.rows[0]!.cells) head.removeAttribute('aria-sort');
    show();
  });
  show();
}

/** A number and its unit are kept together by a space that nobody types. */
function plainSpaces(text: string): string {
  return text.replaceAll('\u00a0', ' ').toLowerCase();
}
