import { expect, it } from 'vitest';
import { withClient } from '../../src/cluster/client.js';
import { startStandingServer } from './standing-server.js';

it('a query of a server that stands still fails after the time that it is given', async () => {
  await using server = await startStandingServer();
  const asked = withClient(server.config, (client) => client.query('SELECT 1'), { queryTimeoutMs: 100 });
  await expect(asked).rejects.toThrow('timeout');
}, 10_000);
