import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Health } from '../../../src/router/nodes/health.js';
import type { ServerNode } from '../../../src/router/nodes/node.js';
import { PositionLog } from '../../../src/router/nodes/position.js';
import type { Rule } from '../../../src/router/policy/rules.js';
import { Consistency } from '../../../src/router/sessions/consistency.js';
import { RouterSession } from '../../../src/router/sessions/session.js';

/** A node of no server: where it is, is what the test says, and it counts the questions it is asked. */
class Stub {
  epoch = 0;
  replayed = 0;
  /** Undefined: it can't be asked. */
  position: number | undefined = 100;
  insertPosition = 900;
  asked = 0;
  readonly positions = this.#log(() => this.position);
  readonly insertPositions = this.#log(() => this.insertPosition);

  constructor(readonly role: 'primary' | 'replica') {}

  #log(where: () => number | undefined): PositionLog {
    const log: PositionLog = new PositionLog(async () => {
      const askedMs = performance.now();
      this.asked++;
      await null;
      const lsn = where();
      if (lsn === undefined) throw new Error('down');
      log.note(lsn, askedMs);
    });
    return log;
  }

  get node(): ServerNode {
    return this as unknown as ServerNode;
  }
}

const lineage = { systemId: '7711940317745474680', timeline: 1 };
const rule = { byPosition: true, mode: 'lsn' } as Rule;

function stubs() {
  const [primary, one, other] = [new Stub('primary'), new Stub('replica'), new Stub('replica')];
  const nodes = [primary, one, other].map(({ node }) => node);
  const health = { nodes, primary: primary.node, lineage, checkNow: async () => {} } as unknown as Health;
  const consistency = new Consistency(health, true);
  const open = (token?: string) => new RouterSession(0, token, consistency.markText);
  const saw = (session: RouterSession, { node }: Stub, unflushed = false) =>
    consistency.saw(session, consistency.sent(node), unflushed);
  const floorOf = (session: RouterSession) => consistency.floorOf({ session, rule });
  const settle = async (session: RouterSession) => (await consistency.settle({ session, rule }))?.lsn;
  return { primary, one, other, health, consistency, open, saw, floorOf, settle };
}

test('to stay on the replica that showed all that has no position yet, nobody is asked', () => {
  const { one, open, saw, floorOf } = stubs();
  const session = open();
  saw(session, one);
  saw(session, one);
  expect(floorOf(session)).toMatchObject({ lsn: 0, home: { node: one } });
  expect(floorOf(open(session.token()))).toMatchObject({ lsn: 0, home: { node: one } });
  expect(one.asked).toBe(0);
});

test('to read elsewhere the nodes that it saw are asked, one question for all sessions', async () => {
  const { primary, one, open, saw, floorOf, settle } = stubs();
  one.position = 70;
  const sessions = Array.from({ length: 20 }, () => open());
  for (const session of sessions) saw(session, one);
  expect(await Promise.all(sessions.map(settle))).toEqual(sessions.map(() => 70));
  expect([primary.asked, one.asked]).toEqual([0, 1]);
  for (const session of sessions) saw(session, primary);
  expect(await Promise.all(sessions.map(floorOf))).toEqual(sessions.map(() => ({ lsn: 100 })));
  expect([primary.asked, one.asked]).toEqual([1, 1]);
});

test('a replica that may have gone back, or can not say where it is, is vouched for by the primary', async () => {
  const { primary, one, open, saw, floorOf, settle } = stubs();
  const [restarted, down] = [open(), open()];
  saw(restarted, one);
  one.epoch++;
  expect(await floorOf(restarted)).toEqual({ lsn: 100, home: undefined });
  expect([primary.asked, one.asked]).toEqual([1, 0]);
  one.position = undefined;
  saw(down, one);
  expect(await settle(down)).toBe(100);
  // Seen once more after its restart, before the first time had a position.
  const twice = open();
  saw(twice, one);
  one.epoch++;
  saw(twice, one);
  expect(await floorOf(twice)).toEqual({ lsn: 100, home: undefined });
  primary.position = undefined;
  saw(down, primary);
  expect(await settle(down)).toBeUndefined();
  // It is asked again, and what it saw isn't forgotten.
  primary.position = 120;
  expect(await settle(down)).toBe(120);
});

test('a commit that may not be flushed lies below the insert position only', async () => {
  const { primary, open, saw, settle } = stubs();
  for (const carry of [false, true]) {
    const session = open();
    saw(session, primary, true);
    // What it sees later on that node doesn't undo that.
    saw(session, primary);
    expect(await settle(carry ? open(session.token()) : session)).toBe(900);
  }
});

test('a mark of another router, or of this one before it began anew, is a doubt', async () => {
  const { one, open, saw, settle, primary } = stubs();
  const session = open();
  saw(session, one);
  const token = session.token();
  one.position = 70;
  const elsewhere = stubs();
  expect(elsewhere.open(token).token()).toMatch(/~!$/);
  expect(await elsewhere.settle(elsewhere.open(token))).toBe(100);
  expect(new RouterSession(0, token).token()).toMatch(/~!$/);
  expect(await settle(open(token))).toBe(70);
  one.epoch++;
  expect(await settle(open(token))).toBe(100);
  expect(primary.asked).toBe(1);
});

test('a token has the position once it is known, and stays short', async () => {
  const { primary, one, other, open, saw } = stubs();
  const session = open();
  for (const stub of [primary, one, other]) saw(session, stub, true);
  expect(session.token().length).toBeLessThan(80);
  expect(encodeURIComponent(session.token())).toBe(session.token());
  await Promise.all([one, other].map(({ positions }) => positions.askBound(performance.now())));
  await primary.insertPositions.askBound(performance.now());
  expect(new RouterSession(0, session.token()).floor(lineage)).toBe(900);
});

test('what a session saw is never lost on the way through tokens, whatever becomes known when', async () => {
  const step = fc.oneof(
    fc.record({ does: fc.constantFrom('read', 'ask'), at: fc.nat(2) }),
    fc.record({
      does: fc.constantFrom('carry', 'settle', 'grow', 'restart'),
      at: fc.integer({ min: 1, max: 2 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { primary, one, other, open, saw, settle, floorOf } = stubs();
      const all = [primary, one, other];
      let session = open();
      let seen = 0;
      for (const { does, at } of steps) {
        const stub = all[at]!;
        if (does === 'grow') {
          primary.position! += 10;
          stub.position = primary.position;
        } else if (does === 'restart') {
          stub.epoch++;
          stub.position = 0;
        } else if (does === 'carry') session = open(session.token());
        else if (does === 'settle') expect(await settle(session)).toBeGreaterThanOrEqual(seen);
        else if (does === 'ask') await stub.positions.askBound(performance.now());
        else {
          // As the router does: a replica answers if it has the floor, or is the session's home.
          const floor = (await floorOf(session))!;
          const has = stub.position! >= floor.lsn;
          const fits = floor.home === undefined || floor.home.node === stub.node;
          if (stub !== primary && !(has && fits)) continue;
          if (stub !== primary) expect(stub.position).toBeGreaterThanOrEqual(seen);
          saw(session, stub);
          seen = Math.max(seen, stub.position!);
        }
      }
      expect(await settle(session)).toBeGreaterThanOrEqual(seen);
    }),
  );
});
