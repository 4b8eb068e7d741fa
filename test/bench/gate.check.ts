import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Scorecard } from '../../src/score/scorecard.js';
import { runBench } from '../e2e/bench.js';

/**
 * The gate that docs/ci.md has for a change of policy: it passes on the same policy measured again, whether the machine is as
 * fast as then or slower, and closes on a policy that leaves more on the primary.
 */

const folder = mkdtempSync(join(os.tmpdir(), 'splitbench-gate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bench = (...args: string[]) => runBench(folder, args);
// Long enough for intervals: without them nothing is compared.
const WORK = '--driver player --scale 0.1 --rate 300 --duration 45s --warmup 4s'.split(' ');

async function measured(...args: string[]): Promise<void> {
  const outcome = await bench('run', ...args);
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
}

function scorecard(name: string): Scorecard {
  return JSON.parse(readFileSync(join(folder, name, 'compare.json'), 'utf8'));
}

/** Compares the newest runs by the gate, and tells what it found. */
async function gate(name: string): Promise<number> {
  const { code, stderr } = await bench(
    ...['compare', '--out', name, '--against', 'main/compare.json', '--fail-on', 'worse'],
  );
  expect([0, 1, 3], stderr).toContain(code);
  const { valid, since } = scorecard(name);
  console.log(`${name}: exit code ${code}${valid ? '' : ', not valid'} ${stderr.trim()}`);
  for (const { id, ratio, interval, change } of since ?? [])
    console.log(
      `  ${id}: ${change}${interval ? `, ${ratio!.toFixed(2)}x (${interval.low.toFixed(2)} to ${interval.high.toFixed(2)})` : ''}`,
    );
  return code;
}

beforeAll(async () => {
  await measured('baseline', ...WORK);
  await measured('split');
  await bench('compare', '--out', 'main', '--fail-on', 'never');
  const { valid, headline } = scorecard('main');
  expect(valid, headline).toBe(true);
}, 300_000);

test('the same policy, measured again, passes', async () => {
  await measured('split');
  expect(await gate('again')).toBe(0);
}, 180_000);

test('a policy that sends every read to the primary closes it', async () => {
  await measured('split', '--policy', 'primary-only');
  expect(await gate('worse')).toBe(1);
}, 180_000);

test('the same policy passes beside a program that takes a part of the CPU', async () => {
  const burner = burn(0.15);
  try {
    await measured('baseline', ...WORK);
    await measured('split');
  } finally {
    burner.kill();
  }
  expect(await gate('beside')).toBe(0);
}, 300_000);

/** A program that keeps so much of a core busy, for five minutes at most. */
function burn(share: number): ChildProcess {
  const code = `
    const end = Date.now() + 300_000;
    const round = () => {
      const until = performance.now() + ${100 * share};
      while (performance.now() < until);
      if (Date.now() < end) setTimeout(round, ${100 * (1 - share)});
    };
    round();`;
  return spawn(process.execPath, ['-e', code], { stdio: 'ignore' });
}
