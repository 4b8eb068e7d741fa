import { afterAll, beforeAll, expect, test } from 'vitest';
import { mutatedFiles } from '../bench/faults/files.js';
import { type Ground, openGround } from '../bench/faults/ground.js';
import { tryFault } from '../bench/faults/promises.js';

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
