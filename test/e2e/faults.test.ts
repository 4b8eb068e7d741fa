import { afterAll, beforeAll, expect, test } from 'vitest';
import { mutatedFiles } from '../bench/faults/files.js';
import { type Ground, openGround } from '../bench/faults/ground.js';
import { COMMANDS } from '../bench/faults/interrupts.js';
import { tryFault } from '../bench/faults/promises.js';
import { runBench } from './bench.js';

/** Some of the damaged files that `npm run check:faults` tries, for every day. */

let ground: Ground;
beforeAll(() => {
  ground = openGround();
});
afterAll(() => ground.remove());

test.each(mutatedFiles(20, 1))('$name', async (fault) => {
  const { broken, stderr } = await tryFault(ground, fault);
  expect(broken, stderr).toEqual([]);
});

test('every command is among those that are interrupted', async () => {
  const { stdout } = await runBench(ground.folder, ['--help']);
  const [lists = ''] = stdout.split('\nExamples:\n');
  const commands = [...lists.matchAll(/^ {2}([a-z]\w*)/gm)].map(([, name]) => name!);
  const interrupted = COMMANDS.map(({ args }) => args[0]!);
  expect(new Set([...interrupted, 'help'])).toEqual(new Set(commands));
});
