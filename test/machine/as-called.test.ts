import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { packageRoot } from '../../src/machine/entry.js';
import { runBench } from '../e2e/bench.js';

const npx = (script: string) => ({ npm_lifecycle_event: 'npx', npm_lifecycle_script: script });

it('who calls the bench through npx is told of its commands so, all of them', async () => {
  const { stdout } = await runBench(packageRoot, ['--help'], npx("'splitbench'"));
  expect(stdout).toMatch(/^Usage: npx splitbench /);
  const [lists = '', examples = ''] = stdout.split('\nExamples:\n');
  const named = [...lists.matchAll(/^ {2}([a-z]\w*)/gm)].map(([, name]) => name!);
  expect(examples.match(/^ {2}\S.*/gm)!.every((line) => line.startsWith('  npx splitbench '))).toBe(true);
  for (const [name, value] of Object.entries(npx("'splitbench'"))) vi.stubEnv(name, value);
  const { asCalled } = await import('../../src/machine/as-called.js');
  for (const name of named.filter((name) => name !== 'help'))
    expect(asCalled(`run "bench\n  ${name}" first`)).toBe(`run "npx splitbench\n  ${name}" first`);
  expect(asCalled('the bench itself was held up')).toBe('the bench itself was held up');
});

it('and so do the reports that it writes, all but what programs read', async () => {
  for (const [name, value] of Object.entries(npx("'splitbench'"))) vi.stubEnv(name, value);
  const { REPORTERS } = await import('../../src/report/reporters.js');
  const { score } = await import('../../src/score/score.js');
  const { pairOf } = await import('../score/fixture.js');
  const pair = pairOf(undefined, ({ split }) => {
    split.machine.stealShare = 0.5;
  });
  const links = { baseline: '../a/run.json', split: '../b/run.json' };
  const input = { pair, scorecard: score([pair], { again: 'bench trials --plan b/run.json' }), links };
  const named = /(?<!npx split)\bbench (trials|compare|run) /;
  for (const format of ['html', 'junit', 'markdown', 'terminal'] as const) {
    const text = await REPORTERS[format].render(input);
    expect(text, format).toContain('npx splitbench trials --plan b/run.json');
    expect(text.match(named), format).toBeNull();
  }
  expect(await REPORTERS.html.render(input)).toContain(
    '<code class="command"><span>npx splitbench trials</span> <span>--plan</span>',
  );
  expect(await REPORTERS.json.render(input)).toContain('"bench trials --plan b/run.json"');
});

it('so is who calls it by a script of a clone', async () => {
  const { scripts } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
  const npm = { npm_lifecycle_event: 'demo', npm_lifecycle_script: scripts.demo };
  const { stdout } = await runBench(packageRoot, ['--help'], npm);
  expect(stdout).toMatch(/^Usage: npx splitbench /);
});

it('who calls it by its name, or by another program’s npx, is told of its name', async () => {
  const outcome = await runBench(packageRoot, ['compare', 'nothing'], npx("'vitest'"));
  expect(outcome.stderr).not.toContain('npx');
});
