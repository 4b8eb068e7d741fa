import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BreakerState, CircuitBreaker } from '../../../src/router/nodes/breaker.js';

/** A breaker whose clock is set by hand and whose jitter is in the middle, unless said otherwise. */
function setUp(random = () => 0.5) {
  const clock = { ms: 1_000_000 };
  const changes: BreakerState[] = [];
  const breaker = new CircuitBreaker({
    now: () => clock.ms,
    random,
    onChange: (state) => changes.push(state),
  });
  const request = (outcome: 'success' | 'failure' | 'abandon') => {
    breaker.begin();
    breaker[outcome]();
  };
  const fail = (times: number) => {
    for (let i = 0; i < times; i++) request('failure');
  };
  return { breaker, clock, changes, request, fail };
}

test('three failures in a row open it, two and a success do not', () => {
  const { breaker, fail, request, changes } = setUp();
  fail(2);
  request('success');
  fail(2);
  expect(breaker.state).toBe('closed');
  expect(breaker.admits).toBe(true);
  fail(1);
  expect(breaker.state).toBe('open');
  expect(breaker.admits).toBe(false);
  expect(changes).toEqual(['open']);
});

test('more than half of the last 20 outcomes open it, half do not', () => {
  const { breaker, fail, request } = setUp();
  for (let i = 0; i < 30; i++) {
    request('failure');
    request('success');
  }
  expect(breaker.state).toBe('closed');
  fail(2);
  expect(breaker.state).toBe('open');
});

test('a failure from before the last 20 is forgotten', () => {
  const { breaker, fail, request } = setUp();
  for (let i = 0; i < 5; i++) {
    fail(2);
    request('success');
  }
  for (let i = 0; i < 20; i++) request('success');
  fail(2);
  expect(breaker.state).toBe('closed');
});

test('an abandoned request is no outcome: it neither adds to a row of failures nor ends it', () => {
  const { breaker, fail, request } = setUp();
  fail(2);
  request('abandon');
  expect(breaker.state).toBe('closed');
  fail(1);
  expect(breaker.state).toBe('open');
});

test('failed health checks open it without any request', () => {
  const { breaker } = setUp();
  for (let i = 0; i < 3; i++) breaker.failure();
  expect(breaker.state).toBe('open');
});

test('open turns half-open after a second and then admits one probe', () => {
  const { breaker, clock, fail } = setUp();
  fail(3);
  clock.ms += 999;
  expect(breaker.state).toBe('open');
  clock.ms += 1;
  expect(breaker.state).toBe('half-open');
  expect(breaker.admits).toBe(true);
  breaker.begin();
  expect(breaker.admits).toBe(false);
  clock.ms += 60_000;
  expect(breaker.admits).toBe(false);
});

test('a probe that ends without saying anything makes room for another', () => {
  const { breaker, clock, fail } = setUp();
  fail(3);
  clock.ms += 1000;
  breaker.begin();
  breaker.abandon();
  expect(breaker.state).toBe('half-open');
  expect(breaker.admits).toBe(true);
});

test('outcomes that come in while it is open change nothing', () => {
  const { breaker, clock, fail, changes } = setUp();
  fail(3);
  clock.ms += 500;
  breaker.success();
  breaker.failure();
  expect(breaker.state).toBe('open');
  clock.ms += 500;
  expect(breaker.state).toBe('half-open');
  expect(changes).toEqual(['open']);
});

/** How long it stays open, to the ms. */
function openFor({ breaker, clock }: ReturnType<typeof setUp>): number {
  const startMs = clock.ms;
  while (breaker.state === 'open') clock.ms += 1;
  return clock.ms - startMs;
}

test('each failed probe doubles how long it stays open, up to 30 s', () => {
  const set = setUp();
  set.fail(3);
  const opens: number[] = [];
  for (let i = 0; i < 7; i++) {
    opens.push(openFor(set));
    set.request('failure');
  }
  expect(opens).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test('jitter is 20 % either way', () => {
  const early = setUp(() => 0);
  early.fail(3);
  expect(openFor(early)).toBe(800);
  const late = setUp(() => 1 - 1e-9);
  late.fail(3);
  expect(openFor(late)).toBe(1200);
});

test('a successful probe closes it and starts slowly: a tenth, then all after 10 s', () => {
  const { breaker, clock, fail, request, changes } = setUp();
  expect(breaker.ramp).toBe(1);
  fail(3);
  clock.ms += 1000;
  request('success');
  expect(breaker.state).toBe('closed');
  expect(changes).toEqual(['open', 'closed']);
  expect(breaker.ramp).toBeCloseTo(0.1);
  clock.ms += 5000;
  expect(breaker.ramp).toBeCloseTo(0.55);
  clock.ms += 5000;
  expect(breaker.ramp).toBe(1);
  clock.ms += 5000;
  expect(breaker.ramp).toBe(1);
});

test('one failure in slow start does not reopen it, three do, for longer than before', () => {
  const set = setUp();
  set.fail(3);
  set.clock.ms += 1000;
  set.request('success');
  set.fail(2);
  expect(set.breaker.state).toBe('closed');
  set.fail(1);
  expect(openFor(set)).toBe(2000);
});

test('after slow start an opening is a first one again', () => {
  const set = setUp();
  set.fail(3);
  for (let i = 0; i < 3; i++) {
    openFor(set);
    set.request('failure');
  }
  openFor(set);
  set.request('success');
  set.clock.ms += 10_000;
  set.fail(3);
  expect(openFor(set)).toBe(1000);
});

test('whatever happens, it never stays shut: with all requests ended it admits one within 36 s', () => {
  const step = fc.oneof(
    fc.constantFrom('begin', 'success', 'failure', 'abandon'),
    fc.integer({ min: 1, max: 40_000 }),
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 200 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (steps, roll) => {
        const { breaker, clock } = setUp(() => roll);
        let begun = 0;
        for (const step of steps) {
          if (typeof step === 'number') clock.ms += step;
          else if (step === 'begin' && breaker.admits) {
            breaker.begin();
            begun++;
            // One probe at a time.
            if (breaker.state === 'half-open') expect(breaker.admits).toBe(false);
          } else if (step !== 'begin' && begun > 0) {
            breaker[step]();
            begun--;
          }
          expect(breaker.ramp).toBeGreaterThanOrEqual(0.1);
          expect(breaker.ramp).toBeLessThanOrEqual(1);
        }
        for (; begun > 0; begun--) breaker.abandon();
        clock.ms += 36_000;
        expect(breaker.admits).toBe(true);
      },
    ),
  );
});
