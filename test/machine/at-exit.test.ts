import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { atExit } from '../../src/machine/at-exit.js';
import { packageRoot } from '../../src/machine/entry.js';
import { processStart } from '../../src/machine/processes.js';

it('undoes once, when it is disposed of', () => {
  let times = 0;
  const undone = atExit(() => times++);
  expect(times).toBe(0);
  undone[Symbol.dispose]();
  undone[Symbol.dispose]();
  expect(times).toBe(1);
});

it('a process that exits in the middle removes its files and ends its children, whatever one of them throws', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'splitbench-exit-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'temporary');
  writeFileSync(file, '');
  const machine = pathToFileURL(join(packageRoot, 'dist/machine/index.js')).href;
  const script = `
    import { rmSync } from 'node:fs';
    import { atExit, startChild } from ${JSON.stringify(machine)};
    atExit(() => { throw new Error('in the way'); });
    atExit(() => rmSync(${JSON.stringify(file)}));
    console.log(startChild('sleep', ['600']).process.pid);
    process.exit(5);`;
  const { code, pid } = await new Promise<{ code: unknown; pid: number }>((resolve) => {
    execFile(process.execPath, ['--input-type=module', '-e', script], (error, stdout) =>
      resolve({ code: error?.code, pid: Number(stdout) }),
    );
  });
  expect(code).toBe(5);
  expect(pid).toBeGreaterThan(0);
  expect(existsSync(file)).toBe(false);
  await expect.poll(() => processStart(pid)).toBeNull();
});
