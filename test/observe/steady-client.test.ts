import type pg from 'pg';
import { expect, it } from 'vitest';
import { SteadyClient } from '../../src/observe/steady-client.js';
import { startStandingServer } from '../cluster/standing-server.js';

const IMPATIENT = { application_name: 'test', connectionTimeoutMillis: 100, query_timeout: 100 };
const question = (client: pg.Client) => client.query('SELECT 1');

it('a server that answers nothing is told of by name, once, after three questions in a row', async () => {
  await using server = await startStandingServer();
  const told: string[] = [];
  const node = { name: 'replica', monitor: server.config } as const;
  const client = new SteadyClient(node, IMPATIENT, (sentence) => told.push(sentence));
  const ask = () => expect(client.ask(question)).rejects.toThrow('timeout');
  await ask();
  await ask();
  expect(told).toEqual([]);
  await ask();
  await ask();
  expect(told).toEqual([expect.stringMatching(/^The server of the replica answered nothing for 6 s /)]);
});

it('a server that refuses has answered', async () => {
  const told: string[] = [];
  const nowhere = { host: '127.0.0.1', port: 1, user: 'anna', password: 'secret', database: 'shop' };
  const node = { name: 'primary', monitor: nowhere } as const;
  const client = new SteadyClient(node, IMPATIENT, (sentence) => told.push(sentence));
  for (let i = 0; i < 4; i++) await expect(client.ask(question)).rejects.toThrow('ECONNREFUSED');
  expect(told).toEqual([]);
});
