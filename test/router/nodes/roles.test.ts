import { expect, test } from 'vitest';
import { type NodeState, whyNotReplica, writersOf } from '../../../src/router/nodes/roles.js';

const ours = { systemId: '7', timeline: 3 };

function state(change: Partial<NodeState>): NodeState {
  return { ...ours, standby: false, lsn: 100, receiving: null, started: 1, ...change };
}

function writers(states: Record<string, NodeState | undefined>): string[] {
  const nodes = Object.entries(states).map(([name, state]) => ({ name, state }));
  return writersOf(nodes, ours).map(({ name }) => name);
}

test('the primary is the node that takes writes', () => {
  expect(writers({ a: state({}), b: state({ standby: true }), c: undefined })).toEqual(['a']);
  expect(writers({ a: undefined, b: state({ standby: true }) })).toEqual([]);
});

test('of two that take writes it is the one on the higher timeline, whichever answers', () => {
  expect(writers({ a: state({}), b: state({ timeline: 4 }) })).toEqual(['b']);
  expect(writers({ a: undefined, b: state({ timeline: 4 }) })).toEqual(['b']);
});

test('two on the same timeline are a split brain', () => {
  const other = state({ started: 2 });
  expect(writers({ a: state({}), b: other })).toEqual(['a', 'b']);
  expect(writers({ a: state({}), b: other, c: state({ timeline: 4 }) })).toEqual(['c']);
});

test('one server with two addresses is no split brain', () => {
  expect(writers({ a: state({}), b: state({}) })).toEqual(['a']);
  expect(writers({ a: state({}), b: state({ started: 2 }), c: state({}) })).toEqual(['a', 'b']);
});

test('a deposed primary that comes back, and a server of another cluster, are none', () => {
  expect(writers({ a: state({ timeline: 2 }) })).toEqual([]);
  expect(writers({ a: state({ systemId: '8', timeline: 9 }) })).toEqual([]);
});

test('a replica is a standby of the same cluster', () => {
  const standby = state({ standby: true });
  expect(whyNotReplica(standby, ours, true)).toBeUndefined();
  expect(whyNotReplica(state({}), ours, false)).toMatch(/not a standby/);
  expect(whyNotReplica({ ...standby, systemId: '8' }, ours, false)).toMatch(/another cluster/);
});

test('on an older timeline it is none if that is certain, or if somebody may feed it from there', () => {
  const old = state({ standby: true, timeline: 2 });
  expect(whyNotReplica(old, ours, false)).toBeUndefined();
  expect(whyNotReplica(old, ours, true)).toMatch(/follows timeline 2, the primary is on 3/);
  expect(whyNotReplica({ ...old, receiving: 2 }, ours, false)).toMatch(/follows timeline 2/);
});
