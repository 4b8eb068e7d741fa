import { Client } from 'pg';
import { expect, it } from 'vitest';
import { describe as ask } from '../../../src/workload/parameter-types/describe.js';
import { startWithSchema } from '../../servers.js';

const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

it('leaves no time limit running, which would keep a process from ending', async () => {
  await using cluster = await startWithSchema('describe', 'CREATE TABLE item (id int PRIMARY KEY)');
  const client = new Client({ ...cluster.primary.admin, query_timeout: 600_000 });
  await client.connect();
  const before = timers();
  expect(await ask(client, 'SELECT 1 FROM item WHERE id = $1', [0])).toEqual({ types: [23], error: null });
  expect(await ask(client, 'SELECT 1 FROM nothing', [])).toMatchObject({ error: { code: '42P01' } });
  expect(timers()).toBe(before);
  await client.end();
});
