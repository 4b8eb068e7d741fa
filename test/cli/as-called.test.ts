import { expect, it, vi } from 'vitest';
import { packageRoot } from '../../src/machine/entry.js';
import { runBench } from '../e2e/bench.js';

const npx = (script: string) => ({ npm_lifecycle_event: 'npx', npm_lifecycle_script: script });

it('who calls the bench through npx is told of its commands so, all of them', async () => {
  const { stdout } = await runBench(packageRoot, ['--help'], npx("'splitbench'"));
  const [lists = '', examples = ''] = stdout.split('\nExamples:\n');
  const named = [...lists.matchAll(/^ {2}([a-z]\w*)/gm)].map(([, name]) => name!);
  expect(examples.match(/^ {2}\S.*/gm)!.every((line) => line.startsWith('  npx splitbench '))).toBe(true);
  for (const [name, value] of Object.entries(npx("'splitbench'"))) vi.stubEnv(name, value);
  const { asCalled } = await import('../../src/cli/as-called.js');
  for (const name of named.filter((name) => name !== 'help'))
    expect(asCalled(`run "bench ${name}" first`)).toBe(`run "npx splitbench ${name}" first`);
  expect(asCalled('the bench itself was held up')).toBe('the bench itself was held up');
});

it('who calls it by its name, or by another program’s npx, is told of its name', async () => {
  const outcome = await runBench(packageRoot, ['compare', 'nothing'], npx("'vitest'"));
  expect(outcome.stderr).not.toContain('npx');
});
