import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashPlan } from '../../src/record/plan-file.js';
import { writeRun } from '../../src/record/run-file.js';
import { runBench } from '../e2e/bench.js';
import { runOf, smartmenuModel } from '../score/fixture.js';

/** A browser that notes what it is to show, where the system has none of its own to prefer. */
describe.skipIf(process.platform !== 'linux')('bench open', () => {
  let folder: string;
  let browser: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'splitbench-open-'));
    browser = join(folder, 'browser.sh');
    await writeFile(browser, `#!/bin/sh\necho "$1" > '${join(folder, 'opened')}'\n`, { mode: 0o755 });
    for (const [index, name] of ['2026-11-26T10-00-00-trials', '2026-11-26T11-00-00-compare'].entries()) {
      const page = join(folder, 'reports', name, 'compare.html');
      await mkdir(join(page, '..'), { recursive: true });
      await writeFile(page, '<!doctype html>');
      // The older folder has the newer report.
      await utimes(page, 1_000_000, 2_000_000 - index);
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const open = (args: string[], program: string) =>
    runBench(folder, ['open', ...args], { BROWSER: program, DISPLAY: '', WAYLAND_DISPLAY: '' });

  it('opens the report that was written last, and prints its path', async () => {
    const newest = 'reports/2026-11-26T10-00-00-trials/compare.html';
    expect(await open([], browser)).toEqual({ code: 0, stdout: `Report: ${newest}\n`, stderr: '' });
    expect(await readFile(join(folder, 'opened'), 'utf8')).toContain(join(folder, newest));
  });

  it('opens the one that is named by its folder, and says so where no browser takes it', async () => {
    const named = 'reports/2026-11-26T11-00-00-compare';
    const outcome = await open([named], '/bin/false');
    expect(outcome).toMatchObject({ code: 0, stdout: `Report: ${join(named, 'compare.html')}\n` });
    expect(outcome.stderr).toMatch(/^No browser could be started here/);
  });

  it('opens the page of a run, as bench report writes it beside the record', async () => {
    const run = runOf(smartmenuModel, 'split');
    const file = await writeRun(join(folder, 'runs'), { ...run, planHash: hashPlan(run.plan) });
    const page = join(file, '../run.html');
    expect(await runBench(folder, ['report', file])).toEqual({
      ...{ code: 0, stdout: `Report: ${page}\n`, stderr: '' },
    });
    expect(await readFile(page, 'utf8')).toContain('<h1>Split, a primary and its replica');
    expect(await open([join(file, '..')], browser)).toMatchObject({ code: 0, stdout: `Report: ${page}\n` });
  });

  it('says what to do where there is no report', async () => {
    const outcome = await open(['reports'], browser);
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringMatching(/^bench: There is no report /) });
  });
});
