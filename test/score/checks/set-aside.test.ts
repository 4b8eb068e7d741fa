import { expect, it } from 'vitest';
import { whySetAside } from '../../../src/score/checks/judge.js';
import { doubledBy, pairOf, stretched } from '../fixture.js';

it('a pair that can be believed is not set aside', () => {
  expect(whySetAside(pairOf())).toBeNull();
});

it.each([
  [
    'an overloaded baseline',
    /overloaded/,
    ({ baseline }) => {
      baseline.nodes[0]!.utilisation = 0.99;
    },
  ],
  [
    'a machine that others used',
    /too much of the machine/,
    ({ split }) => {
      split.processes.othersCores = 1;
    },
  ],
  [
    'a generator that was full, on either side',
    /generator was the limit/,
    ({ split }) => {
      split.processes.generatorCores = 0.95;
    },
  ],
  [
    'a host that others used',
    /other virtual machines/,
    ({ split }) => {
      split.machine.stealShare = 0.3;
    },
  ],
  ...(['baseline', 'split'] as const).map((side) => [
    `a bench that was held up in the ${side}`,
    new RegExp(`^the bench itself was held up: .*15 s in the ${side}`),
    (pair: ReturnType<typeof pairOf>) => {
      pair[side].heldUp.longestMs = 15_000;
    },
  ]),
  [
    'a machine that was slower on one side',
    /the machine ran 20 % slower/,
    ({ split }) => {
      split.gauge.unitMs! *= 1.2;
    },
  ],
  [
    'a machine that was faster on it',
    /the machine ran 20 % faster/,
    ({ split }) => {
      split.gauge.unitMs! /= 1.2;
    },
  ],
] as [string, RegExp, (pair: ReturnType<typeof pairOf>) => void][])(
  'what was so before the split was looked at sets a pair aside: %s',
  (_what, reason, change) => {
    expect(whySetAside(pairOf(undefined, change))).toMatch(reason);
  },
);

it('what the split did wrong never does: leaving it out would flatter', () => {
  for (const change of [
    ({ split }: ReturnType<typeof pairOf>) => {
      split.lag!.streamingShare = 0.5;
    },
    ({ split }: ReturnType<typeof pairOf>) => {
      split.accounting.failed += 500;
      split.accounting.ok -= 500;
    },
    ({ split }: ReturnType<typeof pairOf>) => {
      split.nodes[0]!.utilisation = 0.99;
    },
    ({ split }: ReturnType<typeof pairOf>) => {
      split.load.window.blocks.forEach((block, i) => {
        for (const each of Object.values(block)) each.sumUs *= 1.4 ** i;
      });
    },
    ({ split: { load } }: ReturnType<typeof pairOf>) => {
      load.window.lateness = doubledBy(load.window.lateness, 9000);
      load.window.late = {
        server: stretched(load.window.backpressure, 50),
        generator: load.window.backpressure,
      };
    },
  ])
    expect(whySetAside(pairOf(undefined, change))).toBeNull();
});

it('a control that the machine spoilt does, whatever its own load was', () => {
  const pair = pairOf();
  const control = structuredClone({ ...pair.baseline, side: 'control' as const });
  control.nodes[0]!.utilisation = 0.99;
  expect(whySetAside({ ...pair, control })).toBeNull();
  control.machine.stealShare = 0.3;
  expect(whySetAside({ ...pair, control })).toMatch(/other virtual machines .*in the control/);
});

it('of two baselines both have to be loaded as planned', () => {
  const pair = pairOf();
  const second = structuredClone(pair.baseline);
  expect(whySetAside({ ...pair, split: second })).toBeNull();
  second.nodes[0]!.utilisation = 0.99;
  expect(whySetAside({ ...pair, split: second })).toMatch(/overloaded/);
});
