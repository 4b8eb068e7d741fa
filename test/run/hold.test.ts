import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { processStart, thisMachine } from '../../src/machine/processes.js';
import { holdFolder } from '../../src/run/hold.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hold-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Puts there what a bench left that held the folder. */
function leave(note: string): void {
  mkdirSync(join(folder, 'in-use'), { recursive: true });
  writeFileSync(join(folder, 'in-use', 'note.json'), note);
}

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
  const child = spawn('sleep', ['60']);
  const start = processStart(child.pid!);
  const holder = { machine: thisMachine(), pid: child.pid!, start };
  leave(JSON.stringify(holder));
  expect(() => holdFolder(folder)).toThrow(`process ${child.pid}`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  holdFolder(folder)[Symbol.dispose]();
  expect(readdirSync(folder)).toEqual([]);
  // Its number belongs to another process now.
  leave(JSON.stringify({ ...holder, pid: process.pid, start: 'earlier' }));
  holdFolder(folder)[Symbol.dispose]();
});

it.each([
  ['is empty', ''],
  ['breaks off', '{"machine":"'],
  ['says nothing', 'null'],
])('a note that %s holds nothing: its bench ended with its machine', (_, note) => {
  leave(note);
  holdFolder(folder)[Symbol.dispose]();
  expect(readdirSync(folder)).toEqual([]);
});

it('nor does a bench that ended before its note was in place, or as it took it away', () => {
  mkdirSync(join(folder, 'in-use'));
  mkdirSync(join(folder, '.in-use-of-another'));
  writeFileSync(join(folder, 'in-use.json'), '');
  holdFolder(folder)[Symbol.dispose]();
  expect(readdirSync(folder).sort()).toEqual(['.in-use-of-another', 'in-use.json']);
});

it('of benches that find at once what a dead one left, one has it', async () => {
  const script = `
    const [built, folder] = process.argv.slice(1);
    const { holdFolder } = await import(built);
    console.log('ready');
    let held;
    process.stdin.setEncoding('utf8').on('data', (word) => {
      if (word === 'end') {
        held?.[Symbol.dispose]();
        held = undefined;
        console.log('ended');
        return;
      }
      try {
        held = holdFolder(folder);
        console.log('has it');
      } catch ({ code }) {
        console.log(code);
      }
    });`;
  const built = new URL('../../dist/run/hold.js', import.meta.url).href;
  const args = ['--input-type=module', '-e', script, built, folder];
  const benches: ChildProcess[] = [1, 2, 3].map(() => spawn(process.execPath, args));
  try {
    const lines = benches.map(({ stdout }) => createInterface(stdout!)[Symbol.asyncIterator]());
    const said = () => Promise.all(lines.map(async (line) => (await line.next()).value));
    const tell = (word: string) => benches.map(({ stdin }) => stdin!.write(word));
    await said();
    for (let round = 0; round < 20; round++) {
      leave(JSON.stringify({ machine: thisMachine(), pid: process.pid, start: 'earlier' }));
      tell('hold');
      expect((await said()).sort()).toEqual(['IN_USE', 'IN_USE', 'has it']);
      tell('end');
      await said();
    }
  } finally {
    for (const bench of benches) bench.kill();
  }
});
