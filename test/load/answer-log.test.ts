import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AnswerLog } from '../../src/load/player/answer-log.js';
import { canMount, mountTmpfs } from '../tmpfs.js';

const answer = () => ({ rows: 1, exact: 'x'.repeat(10_000), unordered: '' });

/** Notes so many answers of 10 kB each. */
async function note(file: string, count: number): Promise<void> {
  const log = new AnswerLog({ file, key: 'key' });
  for (let event = 0; event < count; event++) log.note(event, { end: 'ok', answer });
  await log.close();
}

it.skipIf(!canMount)('what a disk takes only a part of is an error, never a log cut short', async () => {
  using disk = mountTmpfs('size=200k')!;
  const file = join(disk.dir, 'answers.ndjson');
  await note(file, 10);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).event)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  // Some 100 kB are left: a batch finds room, and of what is written in the end a part.
  await expect(note(file, 13)).rejects.toThrow('ENOSPC');
});
