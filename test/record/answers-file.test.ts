import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ANSWERS_FILE, ANSWERS_SCHEMA, type Answers } from '../../src/record/answers.js';
import { readAnswers, writeAnswers } from '../../src/record/answers-file.js';
import { pairOf } from '../score/fixture.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-answers-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const { baseline } = pairOf();
const answers: Answers = {
  header: {
    schema: ANSWERS_SCHEMA,
    traceSha256: 'b'.repeat(64),
    reads: 3,
    statements: [{ name: 'menu', evidence: 'certain', because: '' }],
  },
  reads: [
    { event: 0, statement: 0, question: 'q', answer: { rows: 1, exact: 'e', unordered: 'u' } },
    { event: 2, statement: 0, question: 'q', end: 'failed' },
  ],
};

it('answers are read back as they were written', async () => {
  const reference = await writeAnswers(join(folder, ANSWERS_FILE), answers);
  expect(await readAnswers(join(folder, 'run.json'), { ...baseline, answers: reference })).toEqual(answers);
});

const lines = (...values: unknown[]) => gzipSync(values.map((value) => JSON.stringify(value)).join('\n'));
const { header, reads } = answers;

it.each([
  ['not zipped', Buffer.from('{}'), 'it is not gzipped lines of JSON'],
  ['no JSON', gzipSync('{"schema":'), 'it is not gzipped lines of JSON'],
  ['empty', gzipSync('""'), 'header: '],
  ['of another version', lines({ ...header, schema: 'splitbench.answers/1' }), 'header.schema: '],
  [
    'with a read of no statement',
    lines(header, { ...reads[0], statement: 1 }),
    'its reads: a read is of no ',
  ],
  ['with a read that has no end', lines(header, reads[0], { ...reads[1], end: 'lost' }), 'reads.1'],
])('answers are refused in one sentence that are %s', async (_what, bytes, why) => {
  await writeFile(join(folder, ANSWERS_FILE), bytes);
  const reference = {
    file: ANSWERS_FILE,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    reads: 2,
  };
  await expect(
    readAnswers(join(folder, 'run.json'), { ...baseline, answers: reference }),
  ).rejects.toMatchObject({
    code: 'ANSWERS_UNREADABLE',
    exitCode: 2,
    message: expect.stringMatching(
      new RegExp(`^Cannot read the answers .* that .* names: ${why}[^\\n]*--check-results\\.$`),
    ),
  });
});
