import { expect, test } from 'vitest';
import { choosePrimary, type NodeState, whyNotReplica } from '../../../src/router/nodes/roles.js';

const ours = { systemId: '7', timeline: 3 };

function state(change: Partial<NodeState>): NodeState {
  return { ...ours, standby: false, lsn: 100, receiving: null, ...change };
}

function primaryOf(states: Record<string, NodeState | undefined>): string | string[] | undefined {
  const answers = Object.entries(states).map(([node, state]) => ({ node, state }));
  const choice = choosePrimary(answers, ours);
  return choice.primary ?? choice.splitBrain;
}

test('the primary is the node that takes writes', () => {
  expect(primaryOf({ a: state({}), b: state({ standby: true }), c: undefined })).toBe('a');
  expect(primaryOf({ a: undefined, b: state({ standby: true }) })).toBeUndefined();
});

test('of two that take writes it is the one on the higher timeline, whichever answers', () => {
  expect(primaryOf({ a: state({}), b: state({ timeline: 4 }) })).toBe('b');
  expect(primaryOf({ a: undefined, b: state({ timeline: 4 }) })).toBe('b');
});

test('two on the same timeline are a split brain', () => {
  expect(primaryOf({ a: state({}), b: state({}) })).toEqual(['a', 'b']);
  expect(primaryOf({ a: state({}), b: state({}), c: state({ timeline: 4 }) })).toBe('c');
});

test('a deposed primary that comes back, and a server of another cluster, are none', () => {
  expect(primaryOf({ a: state({ timeline: 2 }) })).toBeUndefined();
  expect(primaryOf({ a: state({ systemId: '8', timeline: 9 }) })).toBeUndefined();
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
