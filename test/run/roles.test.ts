import { expect, test } from 'vitest';
import type { Node } from '../../src/cluster/cluster.js';
import { asReplica, castOf, connectionsOf, playerOf } from '../../src/run/roles.js';

const users = new Map([
  ['shopper', { events: 900, peakSessions: 30 }],
  ['reporter', { events: 9, peakSessions: 1 }],
  ['gone', { events: 9000, peakSessions: 7 }],
  ['barred', { events: 1, peakSessions: 1 }],
  ['', { events: 4, peakSessions: 2 }],
]);
const data = [
  { name: 'shopper', statementTimeoutMs: 60_000 },
  { name: 'reporter', statementTimeoutMs: 400 },
  { name: 'barred', statementTimeoutMs: 0, refusal: 'could not load library "x"' },
  { name: 'nobody', statementTimeoutMs: 0 },
];

test('who was logged is played by the role of that name, or by the bench’s own with a warning', () => {
  const cast = castOf(users, data);
  expect(cast.roles.map(({ name }) => name)).toEqual(['shopper', 'reporter']);
  expect(playerOf(cast, 'shopper')).toBe('shopper');
  for (const user of ['gone', 'barred', '']) expect(playerOf(cast, user)).toBe('');
  expect(cast.warnings).toEqual([
    expect.stringMatching(/user "barred" can't log in .*\(could not load library "x"\).*\(1 statement\)\.$/),
    expect.stringMatching(
      /user "gone" \(9,000 statements\) isn't among the roles .* Give the roles with --globals/,
    ),
  ]);
  expect(castOf(new Map([['splitbench_app', users.get('gone')!]]), []).warnings).toEqual([]);
});

test('connections are dealt out by the sessions that are open; only a longer time limit of a role gives way', () => {
  const app = { host: '127.0.0.1', port: 1, user: 'splitbench_app', password: 'p', database: 'd' };
  const cluster = { primary: { app } as Node, replicas: [{ app: { ...app, port: 2 } } as Node] };
  const targetsOf = (poolSize: number) =>
    connectionsOf(castOf(users, data), cluster, { poolSize, timeoutMs: 10_000 });
  expect(targetsOf(41)).toEqual({
    shopper: {
      primary: { ...app, user: 'shopper' },
      replicas: [{ connection: { ...app, port: 2, user: 'shopper' } }],
      poolSize: 30,
    },
    reporter: {
      primary: { ...app, user: 'reporter', statement_timeout: false },
      replicas: [{ connection: { ...app, port: 2, user: 'reporter', statement_timeout: false } }],
      poolSize: 1,
    },
    '': { primary: app, replicas: [{ connection: { ...app, port: 2 } }], poolSize: 10 },
  });
  const sizesOf = (poolSize: number) => Object.values(targetsOf(poolSize)).map((target) => target.poolSize);
  const pooled = connectionsOf(castOf(users, data), cluster, { poolSize: 12, pooled: 4, timeoutMs: 10_000 });
  expect(Object.values(pooled).map(({ poolSize }) => poolSize)).toEqual([4, 4, 4]);
  // Each has one at least, and in all there are no more than said wherever that can be.
  expect(sizesOf(20)).toEqual([14, 1, 5]);
  expect(sizesOf(4)).toEqual([2, 1, 1]);
  expect(sizesOf(2)).toEqual([1, 1, 1]);
});

test('a replica is what the router is told of it: what it is kept for, and its share of the reads', () => {
  const app = { host: '127.0.0.1', port: 1, user: 'splitbench_app', password: 'p', database: 'd' };
  expect(asReplica({ app } as Node)).toEqual({ connection: app });
  expect(asReplica({ app, reservedFor: 'analytics', weight: 3 } as Node)).toEqual({
    ...{ connection: app, reservedFor: 'analytics', weight: 3 },
  });
});
