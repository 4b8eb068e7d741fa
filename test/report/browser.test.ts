import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PDFiumLibrary } from '@hyzyla/pdfium';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPORTERS } from '../../src/report/reporters.js';
import { runPage } from '../../src/report/run/page.js';
import { scoreTrials } from '../../src/score/trials.js';
import { capturedPair, pairOf, pairsOf } from '../score/fixture.js';
import { steeringIn } from '../steering.js';
import { LINKS, page, pairNamed, pairOfLongStatements } from './pages.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** One that is installed: nothing is downloaded for these tests. */
const CHROMIUM =
  process.env.BENCH_CHROMIUM ??
  (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find(existsSync);

const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

/** Does harm wherever it is taken for markup, in whichever place. */
const HOSTILE = [
  '</script><script>harmed = 1</script>',
  '"><img src=x onerror="harmed = 1">',
  "' onmouseover='harmed = 1",
  '<svg onload=harmed=1><iframe srcdoc="<script>parent.harmed = 1</script>">',
  '</style><!-- javascript:harmed=1 \u202e\u2066\u200f',
].join(' ');

/** The pages that are looked at. */
async function render() {
  const pairs = pairsOf(2);
  const trials = pairs.map((pair, index) => {
    return { number: index + 1, first: 'split' as const, runs: LINKS, pair, setAside: null };
  });
  const invalid = pairOf(undefined, ({ split }) => {
    split.processes.generatorCores = 0.95;
  });
  return {
    single: await page(pairOf()),
    long: await page(pairOfLongStatements()),
    invalid: await page(invalid),
    captured: await page(capturedPair()),
    run: runPage(pairOf().split),
    controlled: await page(
      pairOf(undefined, (pair) => {
        pair.control = structuredClone({ ...pair.baseline, side: 'control' as const });
      }),
    ),
    trials: await REPORTERS.html.render({
      pair: pairs[0]!,
      scorecard: scoreTrials(trials, { planned: 2, orderSeed: 1 }),
      links: { ...LINKS, pairs: trials.map(({ runs }) => runs) },
    }),
  };
}

const UNFOLD = `for (const fold of document.querySelectorAll('details')) fold.open = true`;

/** What of a canvas is looked at; the browser's own types are not those of these tests. */
interface Canvas {
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { data: Iterable<number> };
  };
  toDataURL(): string;
}

describe.skipIf(CHROMIUM === undefined)('the page in Chromium (BENCH_CHROMIUM, or one in PATH)', () => {
  let browser: Browser;
  let folder: string;
  let pages: Awaited<ReturnType<typeof render>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'splitbench-browser-'));
    pages = await render();
    browser = await chromium.launch({ executablePath: CHROMIUM! });
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Opens a page as by a double click. `seen`: what it asked for, and what went wrong in it. */
  async function open(
    html: string,
    view: BrowserContextOptions = { viewport: DESKTOP },
  ): Promise<{ tab: Page; seen: string[] }> {
    const file = join(folder, 'compare.html');
    await writeFile(file, html);
    const url = pathToFileURL(file).href;
    const tab = await browser.newPage(view);
    const seen: string[] = [];
    tab.on('request', (request) => {
      if (request.url() !== url && !request.url().startsWith('data:')) seen.push(request.url());
    });
    tab.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) seen.push(message.text());
    });
    tab.on('pageerror', ({ message }) => seen.push(message));
    await tab.goto(url);
    return { tab, seen };
  }

  it('on a phone has results on the right and, on the left, the control by its name under the sides', async () => {
    const { tab } = await open(pages.controlled, { viewport: PHONE });
    const row = tab.locator('#primary-cpu');
    const left = async (cell: string) => (await row.locator(cell).boundingBox())!.x;
    expect(await left('.control')).toBe(await left('.sides:not(.control)'));
    expect(await left('.value')).toBeGreaterThan(PHONE.width / 2);
    expect(await left('.verdict')).toBeGreaterThan(PHONE.width / 2);
    const name = `getComputedStyle(document.querySelector('#primary-cpu .control'), '::before').content`;
    expect(await tab.evaluate(name)).toBe('"control: "');
    await tab.close();
  });

  it('draws every chart, asks for nothing and has no error', async () => {
    const { tab, seen } = await open(pages.single);
    const pixels = await tab
      .locator('canvas')
      .evaluateAll((canvases: Canvas[]) =>
        canvases.map((canvas) => new Set(canvas.getContext('2d').getImageData(0, 0, 300, 150).data).size),
      );
    expect(pixels).toHaveLength(6);
    for (const colours of pixels) expect(colours).toBeGreaterThan(5);
    expect(await tab.locator('img.still').first().isVisible()).toBe(false);
    expect(seen).toEqual([]);
    await tab.close();
  });

  it('executes nothing of SQL, tags, names and errors, and turns no text around', async () => {
    const { tab, seen } = await open(await page(pairNamed(HOSTILE)));
    await tab.evaluate(UNFOLD);
    await tab.locator('#pools-chart canvas').hover();
    await tab.getByRole('searchbox').fill(HOSTILE.slice(0, 30));
    await tab.locator('#statements th button').first().click();
    expect(await tab.evaluate(`'harmed' in window`)).toBe(false);
    expect(await tab.locator('iframe, img:not(.still), [onload], [onmouseover]').count()).toBe(0);
    expect(steeringIn((await tab.locator('main').textContent())!, '\n\t')).toBeNull();
    expect(seen).toEqual([]);
    await tab.close();
  });

  it.each([
    { name: 'trials', viewport: DESKTOP, colorScheme: 'light' },
    { name: 'trials', viewport: DESKTOP, colorScheme: 'dark' },
    { name: 'trials', viewport: PHONE, colorScheme: 'light' },
    { name: 'trials', viewport: PHONE, colorScheme: 'dark' },
    { name: 'invalid', viewport: DESKTOP, colorScheme: 'light' },
    { name: 'captured', viewport: PHONE, colorScheme: 'dark' },
    { name: 'run', viewport: PHONE, colorScheme: 'light' },
  ] as const)(
    'breaks no rule of axe-core: $name, $viewport.width px, $colorScheme',
    async ({ name, ...view }) => {
      const { tab } = await open(pages[name], view);
      await tab.evaluate(UNFOLD);
      expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(view.viewport.width);
      await tab.evaluate(axe.source);
      const { violations } = await tab.evaluate<axe.AxeResults>('axe.run()');
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      await tab.close();
    },
  );

  it('is sorted, searched, picked from and unfolded by keyboard', async () => {
    const { tab } = await open(pages.long);
    const rows = tab.locator('#statements tbody tr:visible');
    const first = rows.first();
    await tab.locator('#statements thead button', { hasText: 'Mean time, baseline' }).focus();
    await tab.keyboard.press('Enter');
    const head = tab.locator('#statements thead th', { hasText: 'Mean time, baseline' });
    const order = await head.getAttribute('aria-sort');
    const before = await first.textContent();
    await tab.keyboard.press('Enter');
    expect(await head.getAttribute('aria-sort')).not.toBe(order);
    expect(await first.textContent()).not.toBe(before);

    expect(await rows.count()).toBe(20);
    await tab.getByRole('searchbox').focus();
    await tab.keyboard.type('SELECT 123,');
    expect(await rows.count()).toBe(1);
    expect(await tab.getByRole('status').textContent()).toBe('1 of 1 that fit, of 200 shown');
    await tab.keyboard.press('ControlOrMeta+A');
    await tab.keyboard.press('Delete');
    await tab.keyboard.press('Tab');
    await tab.keyboard.type('writes');
    expect(await rows.count()).toBe(0);
    await tab.keyboard.press('Home');
    await tab.keyboard.press('Tab');
    await tab.keyboard.press('Tab');
    await tab.keyboard.press('Enter');
    expect(await rows.count()).toBe(200);

    await tab.locator('#statements summary').first().focus();
    await tab.keyboard.press('Enter');
    expect(await tab.locator('#statements details[open]').count()).toBe(1);
    await tab.close();
  });

  it('tells what was at one moment in all charts over time, wherever the pointer is', async () => {
    const { tab } = await open(pages.single);
    const pictureOf = (id: string) =>
      tab.locator(`#canvas-${id}`).evaluate((canvas: Canvas) => canvas.toDataURL());
    const pictures = () => Promise.all(['primary-cpu', 'lag', 'pools', 'latency'].map(pictureOf));
    const before = await pictures();
    await tab.locator('#canvas-primary-cpu').hover();
    await expect
      .poll(async () => (await pictures()).map((each, i) => each === before[i]))
      .toEqual([false, false, false, true]);
    await tab.locator('h1').hover();
    await expect.poll(pictures, { timeout: 20_000 }).toEqual(before);
    await tab.close();
  });

  it('has nothing on paper that is wider than A4', async () => {
    // 21 cm without a margin of 1 cm on either side.
    const { tab } = await open(pages.trials, { viewport: { width: 718, height: 1000 } });
    await tab.emulateMedia({ media: 'print' });
    await tab.evaluate(UNFOLD);
    const cut = await tab.evaluate(
      `[...document.querySelectorAll('table, figure img')].filter((each) => each.getBoundingClientRect().right > 718).map((each) => each.outerHTML.slice(0, 200))`,
    );
    expect(cut).toEqual([]);
    await tab.close();
  });

  it('is whole on paper: folds are open, and each page of a table has its heads', async () => {
    const { tab } = await open(pages.long);
    await tab.locator('#statements [data-all]').click();
    const pdf = await tab.pdf({ format: 'A4' });
    expect(await tab.locator('details[open]').count()).toBe(0);
    const library = await PDFiumLibrary.init();
    const document = await library.loadDocument(pdf);
    const papers = [...document.pages()].map((each) => each.getText().replace(/\s+/g, ' '));
    document.destroy();
    library.destroy();
    const text = papers.join(' ');
    expect(text).toContain('Latency of analytics by percentile');
    expect(text).toContain('characters more)');
    const list = papers.filter((each) => each.includes('no change'));
    expect(list.length).toBeGreaterThan(3);
    for (const each of list) expect(each).toMatch(/Statement Kind .*Time on the primary/);
    await tab.close();
  });

  it('stays short and light with three hundred long statements', async () => {
    const { tab } = await open(pages.long);
    expect(await tab.evaluate('document.documentElement.scrollHeight')).toBeLessThan(12_000);
    expect((await stat(join(folder, 'compare.html'))).size).toBeLessThan(700_000);
    await tab.close();
  });
});
