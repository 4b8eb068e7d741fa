import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { chooseDriver, DRIVER_NAMES } from '../../src/load/drivers.js';
import type { TraceKind } from '../../src/record/words.js';

/** A machine without k6, Go and a way out. */
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'splitbench-drivers-'));
  for (const [name, value] of Object.entries({
    BENCH_CACHE: dir,
    BENCH_K6: '',
    PATH: dir,
    HTTPS_PROXY: 'http://127.0.0.1:1',
    https_proxy: 'http://127.0.0.1:1',
    NO_PROXY: '',
    no_proxy: '',
  }))
    vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

const choose = (wanted: string, kind: TraceKind, keepAnswers = false) =>
  chooseDriver({ wanted, kind, keepAnswers, signal: new AbortController().signal });

describe('auto', () => {
  it('says why it takes another driver than the first that plays the trace', async () => {
    const { driver, warnings } = await choose('auto', 'http');
    expect(driver.name).toBe('player');
    expect(warnings).toEqual([
      expect.stringMatching(
        /^k6 is not available here \(.+; BENCH_K6 can name one\), so the built-in player drives the load\.$/,
      ),
    ]);
    const checking = await choose('auto', 'http', true);
    expect(checking.driver.name).toBe('player');
    expect(checking.warnings).toEqual(["k6 can't check results, so the built-in player drives the load."]);
  });

  it('says nothing of drivers that play no such trace', async () => {
    const { driver, warnings } = await choose('auto', 'sql', true);
    expect(driver.name).toBe('player');
    expect(warnings).toEqual([]);
  });
});

describe('a driver asked for by name', () => {
  it.each([
    ['can’t play the trace', 'k6', 'sql', false, 'DRIVER_KIND'],
    ['can’t check results', 'k6', 'http', true, 'CHECK_DRIVER'],
    ['can’t be had here', 'k6', 'http', false, 'DRIVER_UNAVAILABLE'],
    ['is unknown, as in a plan of another version', 'wrk', 'http', false, 'DRIVER_UNKNOWN'],
  ] as const)('that %s is an error that says what to do', async (_, name, kind, keepAnswers, code) => {
    await expect(choose(name, kind, keepAnswers)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`leave --driver ${name} out, or make the plan that names it again.`),
    });
  });

  it('is taken', async () => {
    expect(await choose('player', 'http', true)).toMatchObject({ driver: { name: 'player' }, warnings: [] });
    expect(DRIVER_NAMES).toEqual(['k6', 'player']);
  });
});
