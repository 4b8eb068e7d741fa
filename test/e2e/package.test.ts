import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/machine/entry.js';
import { COMPARE_SCHEMA } from '../../src/score/scorecard.js';
import { runBench } from './bench.js';

let folder: string;
let archive: string;

// What npm itself uses that is deprecated is no fault here.
const env = { ...process.env, NODE_OPTIONS: '' };

beforeAll(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-package-'));
  const pack = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder];
  archive = join(folder, execFileSync('npm', pack, { cwd: packageRoot, encoding: 'utf8', env }).trim());
});

afterAll(() => rm(folder, { recursive: true, force: true }));

it('lists only files that are there', () => {
  const { files } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    files: string[];
  };
  expect(files.filter((file) => !existsSync(join(packageRoot, file)))).toEqual([]);
});

describe.each([
  ['as usual', []],
  ['without the scripts of its dependencies', ['--ignore-scripts']],
])('installed %s in an empty folder', (name, options) => {
  let project: string;

  beforeAll(async () => {
    project = join(folder, name.replaceAll(' ', '-'));
    await mkdir(project);
    const install = [
      'install',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      ...options,
    ];
    execFileSync('npm', [...install, archive], { cwd: project, env });
  }, 120_000);

  const bench = (...args: string[]) =>
    runBench(project, args, {}, join(project, 'node_modules', 'splitbench'));

  it('runs by both its names, has no sources, and finds all that it needs', async () => {
    for (const command of ['bench', 'splitbench']) {
      const version = execFileSync(join(project, 'node_modules', '.bin', command), ['--version'], { env });
      expect(version.toString().trim()).toMatch(/^\d+\.\d+\.\d+$/);
    }
    expect(existsSync(join(project, 'node_modules', 'splitbench', 'src', 'index.ts'))).toBe(false);
    expect(existsSync(join(project, 'node_modules', 'chartjs-node-canvas'))).toBe(false);
    expect(JSON.parse((await bench('schema', 'compare')).stdout)).toMatchObject({ title: COMPARE_SCHEMA });
    const doctor = await bench('doctor');
    expect(doctor).toMatchObject({ code: 0, stderr: '' });
    expect(doctor.stdout).toMatch(/^✓ PostgreSQL: /m);
    expect(doctor.stdout).toMatch(/^✓ Stills: can be drawn$/m);
  });
});

it('brings the types of what it answers', () => {
  const project = join(folder, 'as-usual');
  writeFileSync(
    join(project, 'application.mts'),
    `import { createRouter } from 'splitbench/router';
const router = await createRouter({ primary: '' });
const { rows, routing } = await router.query<{ id: number }>('select 1 as id');
export const id: number = rows[0]!.id;
// @ts-expect-error a name is no number
export const node: number = routing.node;
`,
  );
  const tsc = join(packageRoot, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = '--strict --noEmit --module nodenext --target es2022 --types node'.split(' ');
  const { stdout } = spawnSync(process.execPath, [tsc, ...options, 'application.mts'], {
    cwd: project,
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
});

it('runs the main job of the examples for CI, and its report has its stills', async () => {
  const project = join(folder, 'without-the-scripts-of-its-dependencies');
  const bench = (...args: string[]) =>
    runBench(project, args, {}, join(project, 'node_modules', 'splitbench'));
  const run = 'run baseline --rate 20 --duration 2s --warmup 1s --scale 0.05'.split(' ');
  expect(await bench(...run)).toMatchObject({ code: 0 });
  expect(await bench('run', 'split')).toMatchObject({ code: 0 });
  const example = readFileSync(join(packageRoot, 'examples', 'ci', 'github-actions.yml'), 'utf8');
  const [, compare] = /npx splitbench (compare .*)/.exec(example)!;
  // What it makes of so short a run is no matter here.
  const { stderr } = await bench(...compare!.split(' '));
  expect(stderr).toBe('');
  const report = join(project, 'reports', 'compare');
  expect((await readdir(report)).sort()).toEqual([
    'compare.html',
    'compare.json',
    'compare.junit.xml',
    'compare.md',
  ]);
  expect(readFileSync(join(report, 'compare.html'), 'utf8')).toContain('src="data:image/webp;base64,');
}, 120_000);
