import { expect, it } from 'vitest';
import { loadKeyCatalog } from '../../../src/workload/generated-keys/index.js';
import { startWithSchema, withConnection } from '../../servers.js';

it('sequences are known as far as the role may read them, and are no error beyond', async () => {
  await using cluster = await startWithSchema(
    'keys',
    `CREATE TABLE open (id serial PRIMARY KEY);
     CREATE TABLE closed (id serial PRIMARY KEY);
     INSERT INTO open DEFAULT VALUES;
     CREATE ROLE reader;
     GRANT SELECT ON SEQUENCE open_id_seq TO reader`,
  );
  const known = await withConnection(cluster.primary.admin, async (client) => {
    await client.query('SET ROLE reader');
    // However the server plans it: all relations are looked at then, of which most are no sequences.
    await client.query('SET enable_nestloop = off');
    return loadKeyCatalog(client);
  });
  expect(known.sequences).toMatchObject([{ name: 'open_id_seq', last: 1 }]);
});
