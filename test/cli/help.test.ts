import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/main.js';

let said: string;
beforeEach(() => {
  said = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function helpOf(...command: string[]): Promise<string> {
  said = '';
  await run(['node', 'bench', ...command, '--help']);
  return said;
}

it('each help ends with examples, of options that there are, in lines of at most 100 columns', async () => {
  const names = [...(await helpOf()).matchAll(/^ {2}([a-z]\w*) .*/gm)].map(([, name]) => name!);
  const commands = [...new Set(names)]
    .filter((name) => !['help', 'bench'].includes(name))
    .map((name) => [name]);
  expect(commands.length).toBeGreaterThan(10);
  const sides = ['baseline', 'split', 'control'].map((side) => ['run', side]);
  for (const command of [[], ...commands, ...sides]) {
    const help = await helpOf(...command);
    const [options = '', examples = ''] = help.split('\nExamples:\n');
    expect(examples, help).toMatch(/^ {2}\S*bench /);
    // What commander adds of itself would say it twice.
    expect(help).not.toContain('(default: "');
    for (const line of help.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
    for (const line of examples.split('\n')) {
      if (!line.startsWith(`  ${['bench', ...command].join(' ')}`)) continue;
      for (const [option] of line.matchAll(/(?<= )--?[a-z][\w-]*/g)) expect(options, line).toContain(option);
    }
  }
});
