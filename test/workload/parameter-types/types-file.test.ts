import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  hashTypes,
  type ParameterTypes,
  readTypes,
  surveyShapes,
  typesFileOf,
  writeTypes,
} from '../../../src/workload/parameter-types/index.js';
import { writeTrace } from '../../../src/workload/trace-file.js';
import { sql } from '../../load/fixture.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-types-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const types: ParameterTypes = {
  schema: 'splitbench.types/1',
  traceSha256: 'a',
  snapshotSha256: 'b',
  globalsSha256: null,
  database: 'shop',
  shapes: [{ shape: 'SELECT $1 + $2', role: '', types: ['int4', null] }],
  untold: [],
};

it('types are read back for what they were found for, and for nothing else', async () => {
  const file = typesFileOf(join(folder, 'shop.trace'));
  expect(await readTypes(file, types)).toBeNull();
  await writeTypes(file, types);
  const read = await readTypes(file, types);
  expect(read).toEqual(types);
  expect(hashTypes(read!)).toBe(hashTypes(types));
  expect(hashTypes({ ...types, shapes: [] })).not.toBe(hashTypes(types));
  for (const change of [
    { traceSha256: 'c' },
    { snapshotSha256: 'c' },
    { globalsSha256: 'c' },
    { database: 'c' },
  ]) {
    expect(await readTypes(file, { ...types, ...change })).toBeNull();
  }
});

it('a file that somebody spoilt is refused, not replaced', async () => {
  const file = join(folder, 'spoilt');
  await writeFile(file, '{');
  await expect(readTypes(file, types)).rejects.toMatchObject({ code: 'TYPES_INVALID' });
  await writeFile(file, JSON.stringify({ ...types, shapes: [{ shape: 'x', role: '', types: [7] }] }));
  await expect(readTypes(file, types)).rejects.toThrow('shapes.0.types.0');
});

it('statements that differ in literals and comments are of one shape, and without parameters of none', async () => {
  const file = join(folder, 'survey.trace');
  await writeTrace(file, { schema: 'splitbench.trace/1', kind: 'sql', workload: 'w', meta: {} }, [
    sql(0, 1, 'SELECT 1'),
    sql(1, 1, "SELECT 'a', $1 /*traceparent='1'*/", ['1']),
    sql(2, 1, "SELECT 'b', $1 /*traceparent='2'*/", ['x']),
    sql(3, 1, 'SELECT $1, $2', ['1', null]),
  ]);
  const shapes = await surveyShapes(file);
  expect(shapes.map(({ text, statements, samples }) => ({ text, statements, samples }))).toEqual([
    { text: "SELECT 'a', $1 /*traceparent='1'*/", statements: 2, samples: [['1'], ['x']] },
    { text: 'SELECT $1, $2', statements: 1, samples: [['1', null]] },
  ]);
  const apart = await surveyShapes(file, { only: new Set([shapes[0]!.shape]) });
  expect(apart.map(({ likeness, samples }) => ({ likeness, samples }))).toEqual([
    { likeness: ['int4'], samples: [['1']] },
    { likeness: ['text'], samples: [['x']] },
  ]);
  expect(shapes[0]!.valueTypes[0]!.names[0]).toBe('text');
  expect(shapes[1]!.valueTypes[0]!.names[0]).toBe('int4');
});

it('statements of roles that are played as themselves are told apart', async () => {
  const file = join(folder, 'roles.trace');
  await writeTrace(file, { schema: 'splitbench.trace/1', kind: 'sql', workload: 'w', meta: {} }, [
    { ...sql(0, 1, 'SELECT 1'), user: 'ann' },
    { ...sql(1, 2, 'SELECT $1', ['1']), user: 'ben' },
    sql(2, 1, 'SELECT $1', ['x']),
    { ...sql(3, 3, 'SELECT $1', ['1']), user: 'carl' },
  ]);
  const shapes = await surveyShapes(file, { roleOf: (user) => (user === 'ben' ? '' : user) });
  expect(shapes.map(({ role, samples }) => [role, samples])).toEqual([
    ['', [['1']]],
    ['ann', [['x']]],
    ['carl', [['1']]],
  ]);
});
