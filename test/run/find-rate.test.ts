import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutPiece, nextRate, refuseOtherLimit, settledRate } from '../../src/run/find-rate.js';
import { generateTraffic, trafficHeader } from '../../src/workload/smartmenu/traffic.js';
import type { HttpEvent } from '../../src/workload/trace.js';
import { readTrace, writeTrace } from '../../src/workload/trace-file.js';

const step = (ratePerSecond: number, utilisation: number) => ({ ratePerSecond, utilisation, seconds: 5 });

it('follows the line through the last two steps, on which a request costs less the busier the server is', () => {
  // utilisation = 0.1 + 0.001 * rate
  expect(nextRate([step(400, 0.5), step(600, 0.7)], 0.9)).toBe(800);
});

it('goes in proportion from a single step, and back from a saturated one: to between it and the last that was not', () => {
  expect(nextRate([step(200, 0.3)], 0.9)).toBe(600);
  expect(nextRate([step(500, 1)], 0.9)).toBe(350);
  expect(nextRate([step(600, 0.8), step(800, 1)], 0.9)).toBe(700);
});

it('finds the rate for any server whose cost per request falls as it gets busier, within 3 % of the target', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.0005, max: 0.01, noNaN: true }),
      fc.double({ min: 0.1, max: 0.35, noNaN: true }),
      (cost, bend) => {
        const utilisationAt = (rate: number) =>
          Math.min(1, cost * rate * (1 + bend - bend * Math.min(1, cost * rate)));
        const steps = [step(250, utilisationAt(250))];
        fc.pre(steps[0]!.utilisation < 0.97);
        for (const aim of [0.765, 0.9, 0.9]) {
          const rate = nextRate(steps, aim);
          steps.push(step(rate, utilisationAt(rate)));
        }
        fc.pre(steps.every((s) => s.utilisation < 0.97) && steps[0]!.utilisation > 0.15);
        expect(Math.abs(utilisationAt(settledRate(steps, 0.9)) - 0.9)).toBeLessThan(0.03);
      },
    ),
  );
});

it('says what else is used up where no rate loads the primary as much as asked for', () => {
  const cores = os.availableParallelism();
  const used = { primaryUtilisation: 0.4, primaryCores: 0.2, serviceCores: 0.3, generatorCores: 0.3 };
  const step = { ...used, behindS: 0.5, othersCores: 1.4 };
  const refuse = (change: Partial<typeof step>) => () => refuseOtherLimit(900, 0.9, { ...step, ...change });
  expect(refuse({})).not.toThrow();
  expect(refuse({ serviceCores: 0.99, primaryUtilisation: 0.85 })).not.toThrow();
  expect(refuse({ serviceCores: 0.99 })).toThrow(
    /^No rate loads the primary to 90 % of its CPU here: at 900\/s the service used 0.99 cores, .* the primary was at 40 %\. Give the nodes less CPU/,
  );
  expect(refuse({ generatorCores: 0.99 })).toThrow('the generator used 0.99 cores');
  expect(refuse({ primaryCores: cores, serviceCores: 0.5 })).toThrow('the CPU of the whole machine');
  expect(refuse({ behindS: 25 })).toThrow(
    /at 900\/s the last answer came 25 s late while other programs used 1.4 cores, and the primary was at 40 %. Close other programs, /,
  );
  expect(refuse({ behindS: 25, primaryUtilisation: 0.95 })).not.toThrow();
});

it('takes the lower quartile of what the steps near the target say: an overloaded baseline is the worse mistake', () => {
  expect(settledRate([step(250, 0.3), step(720, 0.9), step(800, 0.9), step(500, 0.9)], 0.9)).toBe(610);
  expect(settledRate([step(250, 0.3), step(720, 0.9), step(800, 0.9)], 0.9)).toBe(740);
});

it('corrects a step by what it was off the target', () => {
  expect(settledRate([step(250, 0.3), step(900, 1)], 0.9)).toBe(810);
  expect(settledRate([step(250, 0.3), step(850, 0.85)], 0.9)).toBe(900);
});

it('is not led astray by noise: never more than six times up or down, never below one', () => {
  const utilisation = fc.double({ min: 0, max: 1.2, noNaN: true });
  const rate = fc.integer({ min: 1, max: 20_000 });
  fc.assert(
    fc.property(rate, rate, utilisation, utilisation, (first, second, a, b) => {
      const next = nextRate([step(first, a), step(second, b)], 0.9);
      expect(Number.isInteger(next) && next >= 1 && next <= 6 * second).toBe(true);
    }),
  );
});

it('plays pieces of one trace, so that each order is placed once and nothing is left out', async () => {
  const folder = await mkdtemp(join(os.tmpdir(), 'splitbench-find-rate-test-'));
  try {
    const about = (durationS: number) => ({ seed: 1, scale: 0.05, ratePerSecond: 100, durationS });
    const requests: string[] = [];
    let fromS = 0;
    for (const toS of [3.5, 9, 20]) {
      const whole = join(folder, `to-${toS}.ndjson`);
      await writeTrace(whole, trafficHeader(about(toS)), generateTraffic(about(toS)));
      const { events } = await readTrace(await cutPiece(whole, fromS));
      for await (const { dueUs, http } of events as AsyncGenerator<HttpEvent>) {
        expect(dueUs).toBeGreaterThanOrEqual(0);
        expect(dueUs).toBeLessThan((toS - fromS) * 1e6);
        requests.push(JSON.stringify(http));
      }
      fromS = toS;
    }
    const whole = [...generateTraffic(about(20))].map(({ http }) => JSON.stringify(http));
    expect(requests).toEqual(whole);
    const orders = requests.filter((request) => request.includes('"path":"/orders"'));
    expect(orders.length).toBeGreaterThan(20);
    expect(new Set(orders).size).toBe(orders.length);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
