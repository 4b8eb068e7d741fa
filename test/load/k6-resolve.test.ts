import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cachedK6Paths } from '../../src/load/k6/install.js';
import { getK6, resolveK6 } from '../../src/load/k6/resolve.js';
import { processStart, processTree } from '../../src/machine/processes.js';
import { readOwner, runsDir } from '../../src/machine/run-dir.js';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'splitbench-k6-test-'));
  vi.stubEnv('BENCH_CACHE', join(dir, 'cache'));
  vi.stubEnv('BENCH_K6', '');
  vi.stubEnv('PATH', join(dir, 'bin'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

/** A program that answers `version` as k6 does. */
function fakeK6(path: string, answer: string): Promise<string> {
  return writeProgram(path, `echo "${answer}"`);
}

async function writeProgram(path: string, does: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${does}\n`);
  await chmod(path, 0o755);
  return path;
}

describe('k6 is looked for', () => {
  test('first where BENCH_K6 says, then on the PATH, then in the cache', async () => {
    expect(await resolveK6()).toBeNull();
    const [built, release] = cachedK6Paths();
    await fakeK6(release!.path, 'k6 v2.2.0 (go1.25.0, linux/amd64)');
    expect(await resolveK6()).toEqual({ path: release!.path, version: '2.2.0', source: 'official release' });
    await fakeK6(built!.path, 'k6 v2.2.0 (go1.26.0, linux/amd64)');
    expect(await resolveK6()).toEqual({ path: built!.path, version: '2.2.0', source: 'built from source' });
    const onPath = await fakeK6(join(dir, 'bin', 'k6'), 'k6 v2.3.1 (go1.26.0, linux/amd64)');
    expect(await resolveK6()).toEqual({ path: onPath, version: '2.3.1', source: `PATH (${onPath})` });
    const named = await fakeK6(join(dir, 'mine'), 'k6 v2.10.0 (go1.26.0, linux/amd64)');
    vi.stubEnv('BENCH_K6', named);
    expect(await resolveK6()).toEqual({ path: named, version: '2.10.0', source: `BENCH_K6 (${named})` });
  });

  test('and one that is too old is passed over', async () => {
    await fakeK6(join(dir, 'bin', 'k6'), 'k6 v0.49.0 (go1.21.6, linux/amd64)');
    expect(await resolveK6()).toBeNull();
  });

  test.each([
    ['that is not there', null, /it can't be run/],
    ['that is too old', 'k6 v1.9.9 (go1.21.6, linux/amd64)', /its version 1\.9\.9 is too old/],
    ['that is something else', 'Python 3.11', /does not answer as k6/],
  ])('a BENCH_K6 %s is an error of one sentence', async (_, answer, sentence) => {
    const path = join(dir, 'mine');
    if (answer) await fakeK6(path, answer);
    vi.stubEnv('BENCH_K6', path);
    await expect(resolveK6()).rejects.toThrow(sentence);
    await expect(resolveK6()).rejects.toMatchObject({ code: 'K6_UNUSABLE', exitCode: 2 });
  });
});

describe('k6 is installed', () => {
  test('or the reason why not is given in words, when there is neither Go nor a way out', async () => {
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1');
    vi.stubEnv('https_proxy', 'http://127.0.0.1:1');
    vi.stubEnv('NO_PROXY', '');
    vi.stubEnv('no_proxy', '');
    expect(await getK6({ signal: new AbortController().signal })).toEqual({
      lacking: expect.stringMatching(
        /^no Go toolchain to build it with; the official release can't be downloaded \(.+\)$/,
      ),
    });
  });

  test.skipIf(process.platform === 'win32')(
    'in a build that ends with all that it started, when it is aborted or the bench is killed',
    async () => {
      const compiler = join(dir, 'compiler');
      const go = `case "$1" in
        env) echo go1.26.0 ;;
        build) /bin/sleep 600 & echo $! > ${compiler}; wait ;;
      esac`;
      await writeProgram(join(dir, 'bin', 'go'), go);
      const interrupt = new AbortController();
      const reason = new Error('interrupted');
      const installed = getK6({ signal: interrupt.signal }).catch((error) => error);
      const pid = await vi.waitFor(() => {
        const text = readFileSync(compiler, 'utf8');
        expect(text).toMatch(/\d\n/);
        return Number(text);
      }, 20_000);
      const [run] = readdirSync(runsDir());
      const noted = readOwner(join(runsDir(), run!))!.children;
      expect(noted.flatMap((child) => processTree(child.pid))).toContain(pid);
      interrupt.abort(reason);
      expect(await installed).toBe(reason);
      await expect.poll(() => processStart(pid)).toBeNull();
      expect(readdirSync(runsDir())).toEqual([]);
    },
  );

  test('unless it is aborted, which is passed on', async () => {
    const reason = new Error('interrupted');
    await expect(getK6({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
