import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/machine/entry.js';
import { runBench } from './bench.js';

let folder: string;
let installed: string;

beforeAll(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-package-'));
  const pack = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder];
  // What npm itself uses that is deprecated is no fault here.
  const env = { ...process.env, NODE_OPTIONS: '' };
  const archive = execFileSync('npm', pack, { cwd: packageRoot, encoding: 'utf8', env }).trim();
  execFileSync('tar', ['-xf', join(folder, archive), '-C', folder]);
  installed = join(folder, 'package');
  await symlink(join(packageRoot, 'node_modules'), join(installed, 'node_modules'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

it('lists only files that are there', () => {
  const { files } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    files: string[];
  };
  expect(files.filter((file) => !existsSync(join(packageRoot, file)))).toEqual([]);
  expect(existsSync(join(installed, 'src'))).toBe(false);
});

it('runs the main job without its sources', async () => {
  const bench = (...args: string[]) => runBench(folder, args, {}, installed);
  const run = 'run baseline --rate 20 --duration 2s --warmup 1s --scale 0.05'.split(' ');
  expect(await bench(...run)).toMatchObject({ code: 0 });
  expect(await bench('run', 'split')).toMatchObject({ code: 0 });
  // What it makes of so short a run is no matter here.
  const { stderr } = await bench('compare', '--out', folder);
  expect(stderr).toBe('');
  expect(existsSync(join(folder, 'compare.html'))).toBe(true);
}, 120_000);
