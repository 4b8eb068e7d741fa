import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { packageRoot } from '../../src/machine/entry.js';
import { runBench } from '../e2e/bench.js';

// How it was called is read once, as the process starts.
beforeEach(() => {
  vi.resetModules();
  vi.unstubAllEnvs();
});

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
  expect(asCalled('"systemd-run --user bench …"')).toBe('"systemd-run --user npx splitbench …"');
  expect(asCalled('the bench itself was held up')).toBe('the bench itself was held up');
});

/** A pair that can't be compared, in each format that people read. */
async function told() {
  const { REPORTERS } = await import('../../src/report/reporters.js');
  const { score } = await import('../../src/score/score.js');
  const { pairOf } = await import('../score/fixture.js');
  const pair = pairOf(undefined, ({ split }) => {
    split.machine.stealShare = 0.5;
  });
  const links = { baseline: '../a/run.json', split: '../b/run.json' };
  const input = { pair, scorecard: score([pair], { again: 'bench trials --plan b/run.json' }), links };
  const { html, junit, markdown, terminal, json } = REPORTERS;
  return {
    files: await Promise.all([html, junit, markdown].map((format) => format.render(input))),
    terminal: terminal.render(input) as string,
    json: json.render(input) as string,
  };
}

it('and so do the reports that it writes, all but what programs read', async () => {
  for (const [name, value] of Object.entries(npx("'splitbench'"))) vi.stubEnv(name, value);
  const { files, terminal, json } = await told();
  for (const text of [...files, terminal]) {
    expect(text).toContain('npx splitbench trials --plan b/run.json');
    expect(text.match(/(?<!npx split)\bbench (trials|compare|run) /)).toBeNull();
  }
  expect(files[0]).toContain('<code class="command"><span>npx splitbench trials</span> <span>--plan</span>');
  expect(json).toContain('"bench trials --plan b/run.json"');
});

it('who calls its file is told of the file, as it can be typed from there', async () => {
  const { stdout } = await runBench(packageRoot, ['--help']);
  expect(stdout).toMatch(/^Usage: node bin\/bench\.js /);
  expect(stdout.split('\nExamples:\n')[1]!.match(/^ {2}\S.*/gm)!).toEqual(
    expect.arrayContaining(['  node bin/bench.js demo']),
  );
  // In a folder of its own, for the clone may be in that of all temporary files.
  const folder = mkdtempSync(join(tmpdir(), 'splitbench-'));
  const elsewhere = await runBench(folder, ['compare', '--out', 'nowhere']);
  expect(elsewhere.stderr).toContain(`"node ${join(packageRoot, 'bin/bench.js')} run baseline"`);
});

it('but not in the files that it writes, which are read elsewhere', async () => {
  const [node, path] = process.argv;
  process.argv.splice(0, 2, node!, join(packageRoot, 'bin/bench.js'));
  const { files, terminal } = await told().finally(() => process.argv.splice(0, 2, node!, path!));
  expect(terminal).toContain('node bin/bench.js trials --plan b/run.json');
  for (const text of files) {
    expect(text).toContain('npx splitbench trials --plan b/run.json');
    expect(text).not.toContain('bench.js');
  }
});

it('who calls a link to its file, as npm installs it, or a shim in a package’s folder, is told of its name', () => {
  const folder = mkdtempSync(join(tmpdir(), 'called-'));
  symlinkSync(packageRoot, join(folder, 'node_modules'));
  symlinkSync(join(packageRoot, 'bin/bench.js'), join(folder, 'bench'));
  for (const file of ['bench', 'node_modules/bin/bench.js']) {
    const help = execFileSync(process.execPath, [join(folder, file), '--help'], { encoding: 'utf8' });
    expect(help).toMatch(/^Usage: bench /);
  }
});

it('so is who calls it by a script of a clone', async () => {
  const { scripts } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
  const npm = { npm_lifecycle_event: 'demo', npm_lifecycle_script: scripts.demo };
  const { stdout } = await runBench(packageRoot, ['--help'], npm);
  expect(stdout).toMatch(/^Usage: npx splitbench /);
});

it('another program’s npx is no matter', async () => {
  const outcome = await runBench(packageRoot, ['compare', 'nothing'], npx("'vitest'"));
  expect(outcome.stderr).not.toContain('npx');
});
