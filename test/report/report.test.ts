import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { percentileMs } from '../../src/record/histogram.js';
import type { RunRecord } from '../../src/record/run.js';
import { chartsOf } from '../../src/report/charts/charts.js';
import { pictures } from '../../src/report/picture.js';
import { writePngs } from '../../src/report/png.js';
import type { ReportOptions } from '../../src/report/reporter.js';
import { REPORTERS } from '../../src/report/reporters.js';
import { writeReport } from '../../src/report/write.js';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import { scoreTrials } from '../../src/score/trials.js';
import { capturedPair, histogram, pairOf, pairsOf } from '../score/fixture.js';
import { steeringIn } from '../steering.js';
import { LINKS, page, pairNamed, pairOfLongStatements } from './pages.js';

const HOSTILE = '</script><img src=x onerror=alert(1)>"\'&<!--';

/** What the command prints, without colours unless they are asked for. */
function printed(pairs: Pair[], options?: ReportOptions): string {
  const input = { pair: pairs[0]!, scorecard: score(pairs), links: LINKS };
  return REPORTERS.terminal.render(input, options) as string;
}

/** The same work on one primary with the CPU of two. */
function controlOf(baseline: RunRecord): RunRecord {
  const control = structuredClone({
    ...baseline,
    id: `${baseline.id}-control`,
    side: 'control' as const,
  });
  for (const node of control.nodes) {
    node.budget.cpus = 2 * node.budget.cpus!;
    node.utilisation! /= 2;
  }
  return control;
}

/** Reports whose latency differs so much from block to block that their speed-up is anything. */
function noisyLatency(): Pair {
  return pairOf(undefined, ({ baseline }) => {
    baseline.load.window.blocks.forEach((block, i) => {
      if (block.analytics) block.analytics.sumUs *= i % 6 === 0 ? 9 : 0.4;
    });
  });
}

describe('the page', () => {
  let good: string;
  beforeAll(async () => {
    good = await page(pairOf());
  });

  it('shows the headline, every target and every section', () => {
    expect(good).toContain('The replica took 45\u00a0% of the reads off the primary');
    for (const id of [
      'primary-read-volume',
      'primary-cpu',
      'analytics-speedup',
      'replica-lag',
      'pool-utilisation',
    ]) {
      expect(good).toContain(`<tr id="${id}"`);
    }
    for (const id of [
      'charts',
      'figures',
      'worse',
      'statements',
      'requests',
      'accounting',
      'checks',
      'environment',
      'method',
      'raw',
    ]) {
      expect(good).toContain(`<section id="${id}"`);
    }
  });

  it('draws an interval and writes it out for each row, and says what it is made from', () => {
    expect(good.match(/<path class="whisker"/g)).toHaveLength(5);
    expect(good).toMatch(/<span class="interval">[\d.]+ to [\d.]+\u00a0% less<\/span>/);
    expect(good).toMatch(/<span class="interval">[\d.]+x to [\d.]+x<\/span>/);
    expect(good).toContain('over the 12 time blocks of a single pair.');
    // The caveat of a single pair stands once in the page, and twice in the scorecard's JSON within it.
    expect(good.match(/weaker than those of trials/g)).toHaveLength(1 + 2);
  });

  it('explains what inconclusive means where a row is', async () => {
    const open = await page(noisyLatency());
    expect(open).toContain('◐</span> inconclusive');
    expect(open).toContain('<circle fill="var(--page)" stroke="var(--other)"');
    expect(open).toContain('The interval contains values on both sides of 2x');
    expect(open).toContain('Inconclusive: the figure may be on either side of the target.');
  });

  it('fetches nothing, stays small, and links to its records', () => {
    const markup = good.replace(/<script[^>]*>.*?<\/script>/gs, '');
    expect(markup).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(good).not.toContain('sourceMappingURL');
    expect(good.length).toBeLessThan(1_500_000);
    expect(markup).toContain('href="../a/run.json"');
    expect(markup).toContain('href="compare.json"');
  });

  it('runs only scripts that its security policy names', () => {
    const attribute = /Content-Security-Policy" content="([^"]*)"/.exec(good)?.[1] ?? '';
    const policy = attribute.replaceAll('&#39;', "'");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    const scripts = [...good.matchAll(/<script>(.*?)<\/script>/gs)].map((match) => match[1] ?? '');
    expect(scripts).toHaveLength(2);
    for (const text of [...scripts, /<style>(.*?)<\/style>/s.exec(good)?.[1] ?? '']) {
      expect(policy).toContain(`'sha256-${createHash('sha256').update(text).digest('base64')}'`);
    }
    expect(good).not.toMatch(/<[^>]* style=/);
  });

  it('has a chart, a still picture and a table for each figure', () => {
    expect(good.match(/<canvas /g)).toHaveLength(6);
    expect(good.match(/src="data:image\/webp;base64,/g)).toHaveLength(6);
    expect(good.match(/<summary>Figures of this chart/g)).toHaveLength(6);
  });

  it('embeds the records as they are', () => {
    const json =
      /<script type="application\/json" id="scorecard-data">(.*?)<\/script>/s.exec(good)?.[1] ?? '';
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(score([pairOf()]))));
  });

  it('says that the records are not in it, and how to reproduce it', async () => {
    const section = (html: string) => /<section id="raw".*?<\/pre>/s.exec(html)![0];
    expect(section(good)).toContain('The records of the runs are not in this page.');
    expect(section(good)).toContain('bench compare ../a/run.json ../b/run.json');
    expect(section(good)).toContain('bench run split --plan ../b/run.json');
    const pairs = pairsOf(3).map((pair, index) => ({
      ...{ pair, number: index + 1, first: 'baseline' as const, setAside: null },
      runs: { baseline: 'x/run.json', split: 'y/run.json' },
    }));
    const scorecard = scoreTrials(pairs, { planned: 3, orderSeed: 1 });
    const links = { baseline: 'x/run.json', split: 'the%20split/run.json' };
    const trials = await REPORTERS.html.render({ pair: pairs[0]!.pair, scorecard, links });
    expect(section(trials)).toContain('bench trials --plan &#39;the split/run.json&#39; --pairs 3</pre>');
  });

  it('shows a control where there was one, in columns of its own, with its sentence and its record', async () => {
    const pair = pairOf();
    const control = controlOf(pair.baseline);
    const scorecard = score([pair], { control });
    const input = { pair, scorecard, control, links: { ...LINKS, control: '../c/run.json' } };
    const html = await REPORTERS.html.render(input);
    expect(html.match(/<th[^>]*>Control<\/th>/g)).toHaveLength(3);
    expect(html).toContain(scorecard.control!.sentence.slice(0, 40));
    expect(html).toContain('href="../c/run.json"');
    const text = (REPORTERS.terminal.render(input) as string).replaceAll(/\s+/g, ' ');
    expect(text).toContain(scorecard.control!.sentence);
    expect(html).toContain('<th scope="col" class="number">Split ÷ control</th>');
    expect(good).not.toMatch(/<th[^>]*>Control<\/th>/);
  });

  it('has every colour that its style and its pictures name, on a light page and on a dark one', () => {
    const style = /<style>(.*?)<\/style>/s.exec(good)?.[1] ?? '';
    const named = new Set([...good.matchAll(/var\((--[\w-]+)\)/g)].map((match) => match[1]!));
    const [light, dark] = [...style.matchAll(/:root ?\{([^}]*)\}/g)].map((match) => match[1]!);
    for (const name of named) {
      if (['--font', '--mono', '--behind', '--shade'].includes(name)) continue;
      expect(light).toMatch(new RegExp(`(^|;)${name}:#[0-9a-f]{6}`));
      expect(dark).toMatch(new RegExp(`(^|;)${name}:#[0-9a-f]{6}`));
    }
  });

  it('has the key figures in one place', () => {
    const section = good.match(/<section id="figures".*?<\/section>/s)![0].replaceAll('\u00a0', ' ');
    const row = (title: string) =>
      section
        .match(new RegExp(`<tr><th[^>]*>${title}</th>(.*?)</tr>`, 's'))![1]!
        .split('</td>')
        .map((cell) => cell.replace(/<[^>]*>/g, '').trim());
    const [kept, moved] = pairOf().split.volume.map(({ reads }) => reads.calls);
    const share = ((moved! / (kept! + moved!)) * 100).toFixed(1);
    expect(row('Reads answered by replicas')).toEqual(['none', `${share} %`, '', '']);
    expect(row('Replica lag, mean')[0]).toBe('none');
    expect(row('CPU of the primary for each answer')[2]).toMatch(/^[\d.]+ % less$/);
    expect(row('Memory of the primary, mean')[0]).toMatch(/^[\d.]+ MB$/);
    expect(section).toMatch(/statements that ran on both sides, \d+ took less execution time/);
  });

  it('takes text from data for text, whatever it holds', async () => {
    const hostile = await page(pairNamed(HOSTILE));
    expect(hostile).not.toContain('<img src=x');
    expect(hostile).not.toContain('<!--');
    const scripts = [...hostile.matchAll(/<script type="application\/json"[^>]*>(.*?)<\/script>/gs)];
    expect(scripts.length).toBe(2);
    for (const [, json = ''] of scripts) expect(() => JSON.parse(json)).not.toThrow();
    expect(hostile.match(/<script/g)).toHaveLength(scripts.length + 2);
  });

  it('shows what would have a reader see another text than is there', async () => {
    const marks = 'order\u202e\u2066\u001b\u009b\u200f end';
    const shown = 'order\\u202e\\u2066\\x1b\\x9b\\u200f end';
    const marked = await page(
      pairOf(undefined, ({ baseline, split }) => {
        for (const run of [baseline, split]) {
          run.plan.workload.name = marks;
          for (const { statements } of run.volume) for (const each of statements) each.text = `${marks}\n\t1`;
          for (const pool of run.pools) pool.node = marks;
          run.load.errors.push({ category: 'read', operation: marks, code: marks, count: 1 });
        }
      }),
    );
    expect(steeringIn(marked.slice(0, marked.indexOf('<script type')), '\n\t')).toBeNull();
    expect(marked).toContain(`<title>${shown}: what a read replica did</title>`);
    // A statement's lines stay.
    expect(marked).toContain(`<code>${shown}\n\t1</code>`);
    const [, card = ''] = /id="scorecard-data">(.*?)<\/script>/s.exec(marked) ?? [];
    expect(JSON.parse(card).plan.workload.name).toBe(marks);
    const [, charts = ''] = /id="charts-data">(.*?)<\/script>/s.exec(marked) ?? [];
    expect(steeringIn(JSON.stringify(JSON.parse(charts)))).toBeNull();
  });

  it('names statements as their application does, folds their texts and tells what no waiting changes', async () => {
    const long = `select ${'x, '.repeat(2000)}1`;
    const named = await page(
      pairOf(undefined, ({ baseline, split }) => {
        for (const { volume } of [baseline, split])
          for (const { statements } of volume) {
            Object.assign(statements[0]!, { name: 'menu#show', group: 'menu' });
            Object.assign(statements[1]!, { text: long });
          }
      }),
    );
    const section = named.match(/<section id="statements".*?<\/section>/s)![0];
    expect(section).toMatch(/<th scope="row"><details><summary>menu#show<\/summary><code>/);
    expect(section).toContain(`<summary><code>${long.slice(0, 80)} …</code></summary>`);
    expect(section).toContain('characters more)');
    expect(section).toMatch(/<th [^>]*>Group<\/th>|>Group</);
    expect(section).toContain('<td>menu</td>');
    expect(section).toMatch(
      /<tr data-change="[\d.e+-]+" data-total="[\d.e+-]+" data-share="[\d.e+-]+" data-is="(read|write)[^"]*">/,
    );
    expect(section).toContain('<option value="slower">slower in the split</option>');
    // Blocks for each call, alike on both sides.
    expect(section).toContain('<td class="number">4</td>');
    expect(section).toContain('all that it waits for once it runs');
  });

  it('stays light with three hundred long statements', async () => {
    const many = await page(pairOfLongStatements());
    expect(many.length).toBeLessThan(700_000);
  });

  it('says whether stale reads were counted', async () => {
    expect(good).toContain('Stale reads were not counted');
    const counted = await page(
      pairOf(undefined, ({ split }) => {
        const found = { mode: 'none', reads: 700, failed: 0 } as const;
        const stale = { readBacks: 300, stale: 12, staleVersionsMax: 1, backward: 0 };
        split.consistency = [{ ...found, ...stale }];
      }),
    );
    expect(counted).toContain('12 (4\u00a0%) of 300 in mode none');
    expect(counted).toContain(
      '12 of 300 reads (4\u00a0%) missed what their session had written, by up to 1 write',
    );
    expect(counted).not.toContain('were not counted');
  });

  it('has no latency of an operation that one side is without, whatever its name', async () => {
    const named = await page(
      pairOf(undefined, ({ baseline }) => {
        const { latencyByOperation } = baseline.load.window;
        baseline.load.window.latencyByOperation = {
          ...latencyByOperation,
          constructor: histogram(9, () => 5000),
        };
      }),
    );
    expect(named).toMatch(
      /<th scope="row">constructor<\/th><td class="number">9<\/td><td class="number">0<\/td>/,
    );
  });

  it('shows the latency of each operation that the trace names', () => {
    expect(good).toContain('Latency by operation in the measured window');
    expect(good).toMatch(/<tr><th scope="row">menu<\/th><td class="number">[\d,]+<\/td>/);
  });

  it('says why where a captured trace has nothing to show', async () => {
    const captured = await page(capturedPair());
    expect(captured).not.toContain('Latency by operation');
    expect(captured).toContain('Latency of analytics: not measured');
    expect(captured).toContain('The workload has no analytics.');
    expect(captured.match(/<canvas /g)).toHaveLength(5);
    expect(captured.match(/<section id="figures".*?<\/section>/s)![0]).not.toContain('analytics, p50');
    for (const alien of ['the service', 'the rates tried', '--rate', '--duration', 'end of the warm-up'])
      expect(captured.includes(alien), alien).toBe(false);
  });

  it('is whole for a run in which nothing was measured at all', async () => {
    const empty = await page(
      capturedPair(({ baseline, split }) => {
        for (const run of [baseline, split]) {
          Object.assign(run, { nodes: [], pools: [], volume: [], lag: null });
          run.load.window.latency = {};
          run.router.requests = [];
        }
      }),
    );
    expect(empty).not.toContain('<canvas');
    expect(empty).not.toMatch(
      /NaN|undefined|Infinity/.exec(empty.replace(/<script[^>]*>.*?<\/script>/gs, ''))?.[0] ?? '\u0000',
    );
  });

  it('tells of events that began late by whose doing', async () => {
    const told = await page(
      pairOf(undefined, ({ split }) => {
        split.load.window.late = { connection: histogram(12, () => 5000), server: histogram(3, () => 9000) };
      }),
    );
    const [words] = /of [\d,]+: 12 [^<]+/.exec(told) ?? [];
    expect(words).toMatch(
      /: 12 waited for one of the generator’s own connections \(p99 5.ms\), 3 because the session’s previous answer was late \(/,
    );
  });

  it('shows who held up whom in a replay, and what ended by a deadlock or with its trace', async () => {
    const held = { state: 'idle-in-transaction', ofReplay: true } as const;
    const told = await page(
      capturedPair(({ split }) => {
        split.load.lockWaits = {
          ...{ statements: 3, totalMs: 7400, longestMs: 4100, cutOff: 2 },
          pairs: [
            { waiter: 'UPDATE a SET b = $1', holder: 'DELETE FROM c', ...held, statements: 3, totalMs: 7400 },
          ],
        };
        split.load.errors = [
          { category: 'write', operation: 'DELETE', code: '40P01 deadlock_detected', count: 1 },
        ];
      }),
    );
    const text = told.replace(/<[^>]*>|\u00a0/g, ' ').replace(/ +/g, ' ');
    expect(text).toMatch(
      /Split: 3 statements waited for a lock for over a second \(7.4 s in all, 4.1 s at most\)/,
    );
    expect(text).toContain(
      '1 deadlock, each of which failed one statement; 2 sessions ended within a transaction',
    );
    expect(text).toContain(
      'Split UPDATE a SET b = $1 DELETE FROM c idle in a transaction, a session of the replay 3 7.4 s',
    );
    expect(await page(capturedPair())).not.toContain('waited for a lock');
  });

  it('says what is wrong, and what to do, before anything else where it is invalid', async () => {
    const invalid = await page(
      pairOf(undefined, ({ split }) => {
        split.processes.generatorCores = 0.95;
      }),
    );
    expect(invalid.indexOf('Not comparable: the generator was the limit')).toBeGreaterThan(0);
    expect(invalid.indexOf('Lower the rate with --rate')).toBeLessThan(invalid.indexOf('class="scorecard"'));
  });
});

describe('charts', () => {
  const drawn = (pair: Pair) => chartsOf(pair, score([pair])).drawn;

  it('are data: nothing is lost in JSON', () => {
    for (const chart of drawn(pairOf())) expect(JSON.parse(JSON.stringify(chart))).toEqual(chart);
  });

  it('colour a pool by what its node is, whatever the node is called', () => {
    const renamed = pairOf(undefined, ({ split }) => {
      for (const node of split.nodes) if (node.role === 'primary') node.name = 'main';
      for (const pool of split.pools) if (pool.node === 'primary') pool.node = 'main';
    });
    const { datasets } = drawn(renamed).find(({ id }) => id === 'pools')!.config.data;
    expect(datasets).toContainEqual(expect.objectContaining({ label: 'main', borderColor: '@split' }));
  });

  it('tell where the reads went by category too, in the chart and in its table', () => {
    const { config, table } = drawn(pairOf()).find(({ id }) => id === 'read-volume')!;
    expect(config.data.labels).toEqual([
      'baseline',
      'split',
      'split, read',
      'split, analytics',
      'split, realtime',
    ]);
    const [, moved] = config.data.datasets.map(({ data }) => data);
    expect([moved?.[0], moved?.[3], moved?.[4]]).toEqual([0, 100, 0]);
    expect(table.rows.map((row) => (row as string[])[0])).toContain('Split, replica: analytics');
    const one = drawn(capturedPair()).find(({ id }) => id === 'read-volume')!;
    expect(one.config.data.labels).toEqual(['baseline', 'split']);
  });

  it('claim no difference that chance may explain', () => {
    const noisy = chartsOf(noisyLatency(), score([noisyLatency()])).drawn;
    const titleOf = (charts: typeof noisy, id: string) => charts.find((each) => each.id === id)!.title;
    expect(titleOf(noisy, 'analytics-curve')).toMatch(/on average, no difference found$/);
    expect(titleOf(noisy, 'latency')).toMatch(/no difference found for .*analytics/);
    const pairs = pairsOf(7, undefined, 0.005);
    const clear = chartsOf(pairs[0]!, score(pairs)).drawn;
    expect(titleOf(clear, 'analytics-curve')).not.toContain('no difference');
    expect(titleOf(clear, 'latency')).toMatch(/^Latency p95: fell for writes/);
    expect(clear.find(({ id }) => id === 'primary-cpu')!.about).toMatch(/^[\d.]+ % less \([\d.]+ to/);
  });

  it('give the slowest reports room by their rank, as far as there are reports', () => {
    const pair = pairOf();
    const { analytics } = pair.baseline.load.window.latency;
    const { config } = drawn(pair).find(({ id }) => id === 'analytics-curve')!;
    const points = config.data.datasets[0]!.data as { x: number; y: number }[];
    expect(points[0]!.x).toBe(1);
    expect(points.find(({ x }) => x === 10)!.y).toBe(percentileMs(analytics, 0.9));
    expect(points.at(-1)!.x).toBeLessThanOrEqual(analytics!.count);
    expect(points.at(-1)!.x * 2).toBeGreaterThan(analytics!.count);
    expect(config.options.scales.x).toMatchObject({ type: 'logarithmic', min: 1, max: 1000 });
  });

  it('hold lines against a target where it judges them: from the end of the warm-up on', () => {
    const { lines } = drawn(pairOf()).find(({ id }) => id === 'pools')!.config.options.plugins.marks;
    expect(lines).toMatchObject([
      { y: 100, from: -10, label: 'all connections' },
      { from: 0, label: expect.stringMatching(/^target: under/) },
    ]);
  });

  it('stay small for a run of an hour', () => {
    const hour = pairOf(undefined, ({ split: { lag, window } }) => {
      if (!lag) return;
      window.seconds = 3600;
      lag.series.tMs = Array.from({ length: 36_000 }, (_, i) => i * 100);
      lag.series.lagMs = lag.series.tMs.map((t) => (t === 1_800_000 ? 400 : 1));
    });
    const chart = drawn(hour).find((each) => each.id === 'lag');
    if (!chart) throw new Error('no lag chart');
    const [mean, longest] = chart.config.data.datasets;
    expect(mean?.data.length).toBeLessThanOrEqual(150);
    expect(
      Math.max(...(longest?.data ?? []).map((point) => (typeof point === 'object' ? (point?.y ?? 0) : 0))),
    ).toBe(400);
  });

  it('become PNG files, one for each chart, where that is asked for', async () => {
    const pair = pairOf();
    const folder = await mkdtemp(join(tmpdir(), 'splitbench-png-'));
    const scorecard = score([pair]);
    const written = await writePngs({ pair, scorecard, links: LINKS }, join(folder, 'charts'));
    const { drawn } = chartsOf(pair, scorecard);
    expect(written).toEqual(drawn.map(({ id }) => join(folder, 'charts', `${id}.png`)));
    for (const path of written)
      expect((await readFile(path)).subarray(0, 4)).toEqual(Buffer.from('\x89PNG', 'latin1'));
    await rm(folder, { recursive: true, force: true });
  });

  it('become pictures with text in them', async () => {
    const chart = drawn(pairOf()).find((each) => each.id === 'primary-cpu');
    if (!chart) throw new Error('no chart');
    const pictureOf = pictures();
    const picture = Buffer.from((pictureOf(chart) ?? '').split(',')[1] ?? '', 'base64');
    expect(picture.subarray(8, 12).toString()).toBe('WEBP');
    const bare = { ...chart, config: { ...chart.config, options: { ...chart.config.options, scales: {} } } };
    expect(picture.length).toBeGreaterThan(
      Buffer.from((pictureOf(bare) ?? '').split(',')[1] ?? '', 'base64').length,
    );
  });

  it('that cannot be drawn leave the report whole', async () => {
    const pictureOf = pictures();
    const broken = { id: 'x', title: 'x', about: '', height: 0, config: null, table: null } as never;
    expect(pictureOf(broken)).toBeNull();
  });
});

describe('files', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'splitbench-report-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are written whole, with nothing left beside them', async () => {
    const pair = capturedPair();
    const scorecard = score([pair]);
    const outDir = join(folder, 'new', 'compare');
    const files = { baseline: join(folder, 'a b', 'run.json'), split: join(folder, 'split', 'run.json') };
    const { written } = await writeReport({ pair, scorecard, outDir, files, formats: ['html', 'json'] });
    expect(written).toEqual({ html: join(outDir, 'compare.html'), json: join(outDir, 'compare.json') });
    expect((await readdir(outDir)).sort()).toEqual(['compare.html', 'compare.json']);
    expect(JSON.parse(await readFile(written.json!, 'utf8'))).toEqual(JSON.parse(JSON.stringify(scorecard)));
    expect(await readFile(written.html!, 'utf8')).toContain('href="../../a%20b/run.json"');
  });

  it('are those of the formats that are asked for', async () => {
    const pair = capturedPair();
    const outDir = join(folder, 'terminal');
    const files = { baseline: 'a/run.json', split: 'b/run.json' };
    const asked = { pair, scorecard: score([pair]), outDir, files, formats: ['terminal'] as const };
    const { written, report } = await writeReport(asked);
    expect(await readdir(outDir)).toEqual(['compare.txt']);
    expect(await readFile(written.terminal!, 'utf8')).toBe(REPORTERS.terminal.render(report));
  });

  it('have a name of their own in each format', () => {
    const names = Object.values(REPORTERS).map(({ fileName }) => fileName);
    expect(new Set(names).size).toBe(names.length);
  });

  it('that cannot be written are one sentence, and leave what was there', async () => {
    const blocked = join(folder, 'file');
    await writeFile(blocked, 'mine');
    const pair = capturedPair();
    const files = { baseline: 'a', split: 'b' };
    await expect(
      writeReport({ pair, scorecard: score([pair]), outDir: blocked, files, formats: ['json'] }),
    ).rejects.toMatchObject({
      code: 'REPORT_UNWRITABLE',
      message: expect.stringMatching(/[^.]\. Make room there, .*--out\.$/),
    });
    expect(await readFile(blocked, 'utf8')).toBe('mine');
  });
});

describe('the terminal', () => {
  it('shows each target by word and shape, without colour codes where there are no colours', () => {
    const text = printed([capturedPair()]);
    expect(text).toContain('● met           Reads on the primary     50 % less');
    expect(text).toContain('○ not measured  Speed of analytics');
    expect(text).toContain('Speed of analytics: The workload has no analytics.');
    expect(text).not.toContain('\u001b');
    expect(printed([capturedPair()], { colour: true })).toContain('\u001b[32m');
  });

  it('shows intervals, and explains inconclusive where a row is', () => {
    const text = printed([noisyLatency()]);
    expect(text).toMatch(
      /◐ inconclusive {2}Speed of analytics +[\d.]+x as fast at 89 % load +[\d.]+x to [\d.]+x\n +target: 2x or more; /,
    );
    expect(text).toMatch(/CPU of the primary +[\d.]+ % less +[\d.]+ to [\d.]+ % less/);
    expect(text).toContain('Beside each value: 95 % intervals over the 12 time blocks of a single pair');
    expect(text.replace(/\s+/g, ' ')).toContain(
      'Inconclusive: the figure may be on either side of the target.',
    );
    expect(printed(pairsOf(3))).toContain('95 % intervals over 3 pairs of runs, by Student’s t');
  });

  it('has no line of more than 100 columns, but where a word is longer or a command is there to be copied', () => {
    for (const pairs of [[pairOf()], pairsOf(5), [noisyLatency()], [capturedPair()]])
      for (const colour of [false, true])
        for (const line of printed(pairs, { colour }).split('\n'))
          if (!line.startsWith('  bench '))
            expect(stripVTControlCharacters(line).length, line).toBeLessThanOrEqual(100);
    const again = `bench trials --plan ${'a folder/'.repeat(12)}run.json`;
    const invalid = pairOf(undefined, ({ split }) => {
      split.machine.stealShare = 0.5;
    });
    const scorecard = score([invalid], { again });
    const text = REPORTERS.terminal.render({ pair: invalid, scorecard, links: LINKS }) as string;
    expect(text.split('\n')).toContain(`  ${again}`);
  });

  it('has none of more than the terminal shows, and ranges below the values where there is no room beside them', () => {
    for (const pairs of [[pairOf()], pairsOf(5), [noisyLatency()], [capturedPair()]]) {
      const text = printed(pairs, { colour: true, width: 80 });
      for (const line of text.split('\n'))
        if (!line.startsWith('  bench '))
          expect(stripVTControlCharacters(line).length, line).toBeLessThanOrEqual(80);
    }
    const text = printed([noisyLatency()], { width: 80 });
    expect(text).toMatch(
      /◐ inconclusive {2}Speed of analytics +[\d.]+x as fast at 89 % load\n +[\d.]+x to [\d.]+x; target: 2x or more; /,
    );
    expect(text).toContain('Below each value: 95 % intervals over the 12 time blocks');
    expect(printed(pairsOf(5), { width: 200 })).toBe(printed(pairsOf(5)));
  });

  it('obeys nothing that came from data, with colours of its own or without', () => {
    const pair = pairOf(undefined, ({ split }) => {
      split.warnings.push('gone\u001b[2J\u0007 \u202eback\nNote: all is well');
    });
    const shown = 'gone\\x1b[2J\\x07 \\u202eback\\nNote: all is well';
    expect(printed([pair])).toContain(shown);
    expect(steeringIn(printed([pair]))).toBeNull();
    expect(printed([pair])).not.toMatch(/^Note: all/m);
    const coloured = printed([pair], { colour: true });
    expect(coloured).toContain(shown);
    expect(coloured.split('\u001b').filter((part, i) => i > 0 && !/^\[\d+m/.test(part))).toEqual([]);
  });
});
