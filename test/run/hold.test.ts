import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { processStart, thisMachine } from '../../src/machine/processes.js';
import { holdFolder } from '../../src/run/hold.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hold-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('a folder is held by one bench at a time, and nothing is left of it', () => {
  {
    using _held = holdFolder(folder);
    expect(() => holdFolder(folder)).toThrow(
      expect.objectContaining({ code: 'IN_USE', exitCode: 2, message: expect.stringContaining(folder) }),
    );
  }
  expect(readdirSync(folder)).toEqual([]);
  holdFolder(folder)[Symbol.dispose]();
});

it('what a bench held that is gone, or that never was one, is free', async () => {
  const file = join(folder, 'in-use.json');
  const child = spawn('sleep', ['60']);
  const start = processStart(child.pid!);
  const holder = { machine: thisMachine(), pid: child.pid!, start };
  writeFileSync(file, JSON.stringify(holder));
  expect(() => holdFolder(folder)).toThrow(`process ${child.pid}`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  holdFolder(folder)[Symbol.dispose]();
  expect(existsSync(file)).toBe(false);
  // Its number belongs to another process now.
  writeFileSync(file, JSON.stringify({ ...holder, pid: process.pid, start: 'earlier' }));
  holdFolder(folder)[Symbol.dispose]();
});
