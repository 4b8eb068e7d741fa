import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { REPORTERS } from '../../src/report/reporters.js';
import type { Failure } from '../../src/score/exit-code.js';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import { pairOf, pairsOf } from '../score/fixture.js';

const LINKS = { baseline: '../a/run.json', split: '../b/run.json' };

function rendered(format: keyof typeof REPORTERS, pairs: Pair[], failOn?: Failure[]): string {
  const scorecard = score(pairs);
  return REPORTERS[format].render({ pair: pairs[0]!, scorecard, links: LINKS }, { failOn }) as string;
}

/** The attributes of each element of a name, in order. */
function elements(xml: string, name: string): Record<string, string>[] {
  return [...xml.matchAll(new RegExp(`<${name}((?:\\s+[\\w-]+="[^"]*")*)\\s*/?>`, 'g'))].map(
    ([, attributes]) =>
      Object.fromEntries(
        [...attributes!.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
      ),
  );
}

const invalid = () =>
  pairOf(undefined, ({ split }) => {
    split.machine.stealShare = 0.5;
  });

describe('JUnit', () => {
  it('has a test case for each target and each check, and counts what failed', () => {
    const xml = rendered('junit', [pairOf()]);
    const [targets, checks] = elements(xml, 'testsuite');
    const card = score([pairOf()]);
    expect(targets).toMatchObject({ name: 'targets', tests: '5', failures: '0', errors: '1' });
    expect(checks).toMatchObject({ name: 'checks', tests: String(card.checks.length), errors: '0' });
    expect(elements(xml, 'testcase').map(({ name }) => name)).toEqual([
      ...card.scorecard.map(({ title }) => title),
      ...card.checks.map(({ title }) => title.replaceAll("'", '&apos;')),
    ]);
    expect(xml).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites>/);
    expect(xml).toMatch(
      /<error message="inconclusive: 2\.\d+x as fast at 89 % load[^"]*" type="inconclusive">/,
    );
  });

  it('calls what was not told skipped where it closes no gate, and invalid an error', () => {
    const [targets] = elements(rendered('junit', [pairOf()], ['missed']), 'testsuite');
    expect(targets).toMatchObject({ failures: '0', skipped: '1' });
    const [rows, checks] = elements(rendered('junit', [invalid()]), 'testsuite');
    expect(rows).toMatchObject({ errors: '5' });
    expect(Number(checks!.errors)).toBeGreaterThan(0);
  });

  it('has a suite of its own for what changed since an earlier comparison', () => {
    const pairs = [pairOf()];
    const scorecard = score(pairs);
    const since = [
      {
        id: 'primary-cpu' as const,
        title: 'CPU',
        ratio: 1.4,
        interval: { low: 1.2, high: 1.6 },
        change: 'worse' as const,
      },
    ];
    const xml = REPORTERS.junit.render({
      pair: pairs[0]!,
      scorecard: { ...scorecard, since },
      links: LINKS,
    }) as string;
    expect(elements(xml, 'testsuite').at(-1)).toMatchObject({ name: 'since', tests: '1', failures: '1' });
  });

  it('is valid by the common schema, whatever its outcomes are and names hold', async () => {
    const names = fc.sample(fc.string({ unit: 'binary', maxLength: 30 }), { numRuns: 30, seed: 1 });
    const named = names.map((name) => {
      const pair = pairOf(undefined, ({ baseline, split }) => {
        for (const { plan } of [baseline, split]) plan.workload.name = `${name}\u0000\u001b\ud800"'<&>]]>`;
      });
      return rendered('junit', [pair]);
    });
    const outcomes = [rendered('junit', [pairOf()], ['missed']), rendered('junit', [invalid()])];
    const { valid, errors } = await validateXML({
      xml: [...named, ...outcomes].map((contents, i) => ({ fileName: `${i}.xml`, contents })),
      schema: [readFileSync(new URL('junit.xsd', import.meta.url), 'utf8')],
    });
    expect(errors.map(({ rawMessage }) => rawMessage)).toEqual([]);
    expect(valid).toBe(true);
  });

  it('without a time is none by that schema', async () => {
    const { valid } = await validateXML({
      xml: [
        {
          fileName: 'compare.junit.xml',
          contents: rendered('junit', [pairOf()]).replaceAll(/ timestamp="[^"]*"/g, ''),
        },
      ],
      schema: [readFileSync(new URL('junit.xsd', import.meta.url), 'utf8')],
    });
    expect(valid).toBe(false);
  });
});

describe('Markdown', () => {
  it('says what the report says first: headline, decision, a row for each target, what got worse', () => {
    const text = rendered('markdown', pairsOf(3));
    const card = score(pairsOf(3));
    expect(text).toContain(card.headline);
    expect(text).toContain('**Worth it: ');
    expect(text).toContain('```sh\nbench trials --control\n```');
    expect(text.split('\n').filter((line) => line.startsWith('| '))).toHaveLength(2 + card.scorecard.length);
    for (const { title } of card.scorecard) expect(text).toContain(`| ${title} |`);
    expect(text).toContain('**What got worse**');
    expect(text.length).toBeLessThan(64_000);
  });

  it('shows foreign text as it is: no markup, no HTML, nobody called', () => {
    const pair = pairOf(undefined, ({ baseline, split }) => {
      for (const { plan } of [baseline, split])
        plan.workload.name = '<img src=x onerror=alert(1)> | **x** [a](javascript:b) @everyone `c`\n# d';
    });
    const [title] = rendered('markdown', [pair]).split('\n');
    expect(title).toContain('&lt;img src=x onerror=alert(1)&gt; \\| \\*\\*x\\*\\* \\[a\\](javascript:b)');
    expect(title).not.toContain('@everyone');
  });

  it('names the checks that fail and what to do', () => {
    const text = rendered('markdown', [invalid()]);
    expect(text).toContain('**Checks**');
    // What to run is a block to be copied, and the decision's is not said again.
    expect(text.match(/^ *bench trials$/gm)).toEqual(['bench trials']);
    expect(rendered('markdown', [pairOf()])).toMatch(
      /^- .*\n\n {2}```sh\n {2}bench trials --pairs \d+\n {2}```$/m,
    );
    expect(text).toMatch(/\(fails\): .*50 %/);
  });
});

describe('OpenMetrics', () => {
  it('has values, bounds, intervals and verdicts by target, and ends as it must', async () => {
    const text = await rendered('openmetrics', pairsOf(3));
    const lines = text.split('\n');
    expect(lines.at(-2)).toBe('# EOF');
    const labels = 'workload="smartmenu",policy="balanced"';
    expect(text).toContain(`splitbench_target_verdict{target="primary-cpu",verdict="met",${labels}} 1`);
    expect(text).toMatch(/splitbench_target_value\{target="primary-cpu",unit="percent",[^}]*\} [\d.]+/);
    expect(text).toMatch(/splitbench_target_interval\{target="primary-cpu",unit="percent",end="low",/);
    expect(text).toContain(`splitbench_valid{${labels}} 1`);
    expect(text).toMatch(/splitbench_headroom_times\{side="split",/);
  });
});

describe('the format of github-action-benchmark', () => {
  it('has figures of which less is better, as shares of the baseline or levels', () => {
    const entries = JSON.parse(rendered('benchmark', pairsOf(3)));
    const card = score(pairsOf(3));
    expect(entries).toHaveLength(card.scorecard.length);
    const [reads, , speed, lag] = entries;
    expect(reads).toMatchObject({ unit: '%', value: expect.closeTo(100 - card.scorecard[0]!.value!, 1) });
    expect(speed).toMatchObject({ unit: '%', value: expect.closeTo(100 / card.scorecard[2]!.value!, 1) });
    expect(lag).toMatchObject({ unit: 'ms', range: expect.stringMatching(/^± [\d.]+$/) });
  });

  it('has none of what can’t be believed', () => {
    expect(JSON.parse(rendered('benchmark', [invalid()]))).toEqual([]);
  });
});
