import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../../src/plan/config.js';

// Tests may be run by root, who can write anywhere.
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return { ...fs, writeFileSync: vi.fn(fs.writeFileSync) };
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const load = (text: string, patienceMs?: number) => {
  writeFileSync(join(folder, 'bench.config.ts'), text);
  return loadConfig(folder, patienceMs);
};

it('a folder without a config has none', async () => {
  expect(await loadConfig(folder)).toBeNull();
});

it('a config is what it exports, its imports and types among it', async () => {
  writeFileSync(join(folder, 'shared.ts'), 'export const seed: number = 7;');
  const text = `import { seed } from './shared'; export default { seed, rate: undefined, settings: { jit: false } } as const;`;
  expect(await load(text)).toEqual({
    file: join(folder, 'bench.config.ts'),
    config: { seed: 7, settings: { jit: false } },
  });
  expect(readdirSync(folder).sort()).toEqual(['bench.config.ts', 'shared.ts']);
});

it.each([
  ['mts', 'export default { seed: 7 as number };'],
  ['js', 'export default { seed: 7 };'],
  ['cjs', 'module.exports = { seed: 7 };'],
  ['json', '{ "seed": 7 }'],
])('a config may be a bench.config.%s', async (extension, text) => {
  const file = join(folder, `bench.config.${extension}`);
  writeFileSync(file, text);
  expect(await loadConfig(folder)).toEqual({ file, config: { seed: 7 } });
});

it('a mistake in a config of JSON has its line', async () => {
  writeFileSync(join(folder, 'bench.config.json'), '{\n  seed: 7\n}');
  await expect(loadConfig(folder)).rejects.toThrow(/bench\.config\.json:2:3: Expected string/);
});

it('a config may set variables that the bench reads', async () => {
  try {
    await load(`process.env.SPLITBENCH_TEST_CONFIG = 'set'; export default {};`);
    expect(process.env.SPLITBENCH_TEST_CONFIG).toBe('set');
  } finally {
    delete process.env.SPLITBENCH_TEST_CONFIG;
  }
});

describe('a config that does not end well is refused in one sentence, and leaves nothing beside it', () => {
  it.each([
    [
      'has a mistake in its syntax',
      'export default {\n  seed: = 1\n};',
      /bench\.config\.ts:2:9: Unexpected "="\.$/,
    ],
    ['throws', `throw new Error('no such stage\\nof ours')`, /: no such stage\.$/],
    ['throws what is no error', `throw 'a text'`, /: a text\.$/],
    [
      'imports what is not there',
      `import 'not-to-be-had'; export default {}`,
      /'not-to-be-had' imported from .*bench\.config\.ts\.$/,
    ],
    ['exports nothing', 'export const seed = 1;', /must have a default export/],
    ['exports a function', 'export default { policy: { pick: () => 1 } };', /must hold plain values/],
    ['exits as a success', 'process.exit(0)', /exits, or awaits what can never come/],
    [
      'exits in its own time',
      'setTimeout(() => process.exit(7), 20); await new Promise(() => {});',
      /exits, or/,
    ],
    ['waits for what can never come', 'await new Promise(() => {}); export default {};', /exits, or/],
    [
      'fails beside its export',
      `setTimeout(() => { throw new Error('later') }); await new Promise(() => {});`,
      /: later\.$/,
    ],
  ])('one that %s', async (_, text, why) => {
    await expect(load(text)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      exitCode: 2,
      message: expect.stringMatching(why),
    });
    expect(readdirSync(folder)).toEqual(['bench.config.ts']);
  });

  it.each([
    ['waits too long', 'setInterval(() => {}, 1000); await new Promise(() => {}); export default {};'],
    ['never gives its core back', 'for (;;) {}'],
  ])('one that %s', async (_, text) => {
    await expect(load(text, 300)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/has not exported anything after 0\.3 s/),
    });
    expect(readdirSync(folder)).toEqual(['bench.config.ts']);
  });
});

it.each([
  [
    'EACCES: permission denied',
    'CONFIG_INVALID',
    /bench\.config\.ts can't be loaded: what it is compiled to has to be written .*, and the folder \S+ can't be written \(EACCES: permission denied\)\.$/,
  ],
  ['ENOSPC: no space left on device', 'DISK_FULL', /^The disk that holds \S+ is full/],
])('a folder that can’t be written is not the config’s fault: %s', async (words, code, sentence) => {
  writeFileSync(join(folder, 'bench.config.ts'), 'export default {};');
  vi.mocked(writeFileSync).mockImplementationOnce((path) => {
    throw Object.assign(new Error(`${words}, open '${path}'`), { code: words.split(':')[0] });
  });
  const failure = await loadConfig(folder).catch((error) => error);
  expect(failure).toMatchObject({ code, exitCode: 2, message: expect.stringMatching(sentence) });
  expect(failure.message).toContain(folder);
  expect(readdirSync(folder)).toEqual(['bench.config.ts']);
});

it('what a killed bench has left of its config is removed; what another is loading is not', async () => {
  const [left, used] = ['.bench-config-left.mjs', '.bench-config-used.mjs'].map((name) => join(folder, name));
  for (const path of [left!, used!]) writeFileSync(path, '');
  const longAgo = Date.now() / 1000 - 120;
  utimesSync(left!, longAgo, longAgo);
  await load('export default {};');
  expect([left, used].map((path) => existsSync(path!))).toEqual([false, true]);
});
