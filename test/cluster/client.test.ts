import { expect, it } from 'vitest';
import { withClient } from '../../src/cluster/client.js';
import { startStandingServer } from './standing-server.js';

it('a query of a server that stands still fails after the time that it is given', async () => {
  await using server = await startStandingServer();
  const asked = withClient(server.config, (client) => client.query('SELECT 1'), { queryTimeoutMs: 100 });
  await expect(asked).rejects.toMatchObject({
    code: 'NO_ANSWER',
    exitCode: 4,
    message: expect.stringMatching(/^The server at 127\.0\.0\.1:\d+ gave no answer within 0\.1\d* s: /),
  });
}, 10_000);
