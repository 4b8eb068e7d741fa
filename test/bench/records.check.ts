import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { hashPlan } from '../../src/record/plan-file.js';
import { writeRun } from '../../src/record/run-file.js';
import { pairOf, smartmenuModel } from '../score/fixture.js';

/**
 * An hour's records stay small, and two of them are compared in two seconds and 300 MB. On a machine that does nothing
 * else that is some 2.1 s of CPU, for garbage is collected beside; only CPU can be told apart from what others do.
 */
const LIMITS = { megabytes: 8, cpuSeconds: 2.4, memoryMb: 300 };

const folder = mkdtempSync(join(os.tmpdir(), 'splitbench-records-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Tells on stderr what the command used, as it ends. */
const USAGE = `data:text/javascript,process.on('exit', () => console.error('used ' + JSON.stringify(process.resourceUsage())))`;

test.each([
  { name: 'a minute', durationS: 60 },
  { name: 'an hour', durationS: 3600 },
])('two records of $name', async ({ name, durationS }) => {
  const pair = pairOf({ ...smartmenuModel, durationS });
  const files: string[] = [];
  for (const run of Object.values(pair))
    files.push(await writeRun(folder, { ...run, planHash: hashPlan(run.plan) }));
  const startMs = performance.now();
  const { stderr } = spawnSync(
    process.execPath,
    ['--import', USAGE, 'bin/bench.js', 'compare', ...files, '--out', join(folder, 'out')],
    { encoding: 'utf8' },
  );
  const seconds = (performance.now() - startMs) / 1000;
  const used = JSON.parse(/^used (.*)$/m.exec(stderr)![1]!) as NodeJS.ResourceUsage;
  const megabytes = files.map((file) => statSync(file).size / 1e6);
  const cpuSeconds = (used.userCPUTime + used.systemCPUTime) / 1e6;
  const memoryMb = used.maxRSS / 1024;
  console.log(
    `${name}: ${megabytes.map((size) => size.toFixed(2)).join(' and ')} MB, compared in ${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of CPU) and ${memoryMb.toFixed(0)} MB`,
  );
  expect(Math.max(...megabytes)).toBeLessThan(LIMITS.megabytes);
  expect(cpuSeconds).toBeLessThan(LIMITS.cpuSeconds);
  expect(memoryMb).toBeLessThan(LIMITS.memoryMb);
});
