import { spawn } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import { expect, it } from 'vitest';
import { otherProgramsNow } from '../../src/run/other-programs.js';

const countsOurs = os.cpus().length === os.availableParallelism();

it.skipIf(!countsOurs)('what another program uses is seen', async () => {
  const burn = 'console.log(1); const end = Date.now() + 60_000; while (Date.now() < end);';
  const burner = spawn(process.execPath, ['-e', burn], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(burner.stdout, 'data');
  const others = await otherProgramsNow(1000);
  burner.kill();
  // It shares the machine with other tests.
  expect(others!.cores).toBeGreaterThan(0.2);
  if (os.availableParallelism() <= 2) expect(others!.tooMuch).toBe(true);
  expect(others!.words).toMatch(
    /^Other programs use [\d.]+ cores of \d+ at the moment, .*: close them first$/,
  );
});
