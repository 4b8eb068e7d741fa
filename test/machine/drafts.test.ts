import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { draftIn, removeLeftResults } from '../../src/machine/drafts.js';
import { writeWhole } from '../../src/machine/whole-file.js';

let folder: string;
const writers: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-drafts-'));
});
afterEach(async () => {
  for (const writer of writers.splice(0)) await kill(writer);
  rmSync(folder, { recursive: true, force: true });
});

/** A process that has begun to write a file, and is not done yet. */
async function startWriting(file: string): Promise<ChildProcess> {
  const built = new URL('../../dist/machine/whole-file.js', import.meta.url).href;
  const source = `
    const { writeWhole } = await import(${JSON.stringify(built)});
    async function* forever() {
      yield 'a beginning';
      await new Promise(() => setInterval(() => {}, 1000));
    }
    await writeWhole(${JSON.stringify(file)}, forever());`;
  const writer = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: 'ignore' });
  writers.push(writer);
  const place = join(file, '..');
  const before = readdirSync(place).length;
  await vi.waitFor(() => expect(readdirSync(place).length).toBeGreaterThan(before), { timeout: 20_000 });
  return writer;
}

async function kill(writer: ChildProcess): Promise<void> {
  if (writer.signalCode !== null) return;
  const exited = once(writer, 'exit');
  writer.kill('SIGKILL');
  await exited;
}

it('what a killed bench left half written goes with the next file in its folder; that of a living one stays', async () => {
  const killed = await startWriting(join(folder, 'a.trace'));
  const left = readdirSync(folder);
  await startWriting(join(folder, 'b.trace'));
  const [living] = readdirSync(folder).filter((name) => !left.includes(name));
  await kill(killed);
  expect(readdirSync(folder).sort()).toEqual([...left, living].sort());

  await writeWhole(join(folder, 'c.trace'), 'whole');
  expect(readdirSync(folder)).toEqual([living, 'c.trace']);
});

it('results that a killed bench began go with their folder, but for what else is in it', async () => {
  const [begun, mine] = ['begun', 'mine'].map((name) => join(folder, name));
  for (const place of [begun!, mine!]) {
    mkdirSync(place);
    await kill(await startWriting(join(place, 'run.json')));
  }
  writeFileSync(join(mine!, 'notes.txt'), 'mine');
  mkdirSync(join(folder, 'empty'));
  removeLeftResults(folder);
  expect(readdirSync(folder).sort()).toEqual(['empty', 'mine']);
  expect(readdirSync(mine!)).toEqual(['notes.txt']);
});

it('a draft of another machine goes when nobody has written to it for a day', async () => {
  const elsewhere = basename(draftIn(folder)).replace(/^(\.splitbench-)\w{8}/, '$100000000');
  const path = join(folder, elsewhere);
  writeFileSync(path, '');
  removeLeftResults(folder);
  expect(readdirSync(folder)).toEqual([elsewhere]);
  const yesterday = Date.now() / 1000 - 25 * 3600;
  utimesSync(path, yesterday, yesterday);
  removeLeftResults(folder);
  expect(readdirSync(folder)).toEqual([]);
});
