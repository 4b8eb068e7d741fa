import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startChild } from '../../src/machine/child.js';
import { processStart } from '../../src/machine/processes.js';
import { openRunDir, readOwner } from '../../src/machine/run-dir.js';
import { runTool } from '../../src/machine/tool.js';
import { processesNaming, readProc } from '../cluster/support.js';

const shell = (script: string, options: Parameters<typeof startChild>[2] = {}) =>
  startChild('sh', ['-c', script], options);

test('a child’s ending says its code and its last words', async () => {
  expect(await shell('echo first >&2; echo "the reason." >&2; exit 3').ended).toEqual({
    code: 3,
    signal: null,
    words: 'the reason',
  });
  expect(await shell('exit 7').ended).toMatchObject({ code: 7, words: 'it ended with exit code 7' });
  expect((await startChild('/no/such/program', []).ended).error).toMatchObject({ code: 'ENOENT' });
});

test('of a Node program that failed the error is its last word, not the stack or the version behind it', async () => {
  const failing = startChild(process.execPath, ['-e', 'throw new TypeError("no such thing")']);
  expect((await failing.ended).words).toBe('TypeError: no such thing');
});

test('a child that ends without having been asked is lost, and says what killed it and what it had said', async () => {
  const killed = shell('echo "all is well" >&2; kill -9 $$');
  expect(await killed.lost).toEqual({
    code: null,
    signal: 'SIGKILL',
    words: 'it was killed by SIGKILL, as Linux does where memory runs out (the last it said: "all is well")',
  });
  expect((await shell('kill -TERM $$').lost).words).toBe('it was killed by SIGTERM');
  expect((await shell('exit 0').lost).code).toBe(0);
});

test('a child that is killed has ended, whatever it started lives on with its stderr', async () => {
  const killed = shell('sleep 50 & echo $! >&2; kill -9 $$');
  const { signal, words } = await killed.ended;
  process.kill(Number(/"(\d+)"/.exec(words)![1]), 'SIGKILL');
  expect(signal).toBe('SIGKILL');
}, 20_000);

test('a child that somebody here ends is not lost, in whatever way he does', async () => {
  const abort = new AbortController();
  const ways = [
    shell('exec sleep 600', { signal: abort.signal }),
    ...Array.from({ length: 3 }, () => shell('exec sleep 600')),
  ];
  const lost = vi.fn();
  for (const child of ways) void child.lost.then(lost);
  abort.abort();
  ways[1]!.kill();
  ways[2]!.ask('SIGTERM');
  await ways[3]!.stop();
  await Promise.all(ways.map(({ ended }) => ended));
  expect(lost).not.toHaveBeenCalled();
});

test('a child that is given up is lost, and its ending says why; a stopped one ends too', async () => {
  const child = shell('kill -STOP $$');
  await expect.poll(() => readProc(child.process.pid!, 'status')).toContain('T (stopped)');
  child.giveUp('it stood still');
  expect(await child.lost).toMatchObject({ signal: 'SIGKILL', words: 'it stood still' });
});

test.each(['an abort', 'stop'])('a child is killed with those it started by %s', async (how) => {
  const abort = new AbortController();
  const child = shell('sleep 600 & echo $!; wait', { output: 'pipe', signal: abort.signal });
  const [text] = await once(child.process.stdout!.setEncoding('utf8'), 'data');
  const grandchild = Number(text);
  expect(processStart(grandchild)).not.toBeNull();
  if (how === 'stop') void child.stop();
  else abort.abort();
  expect((await child.ended).signal).toBe('SIGKILL');
  await expect.poll(() => processStart(grandchild)).toBeNull();
});

test('a child is not started for an aborted signal', () => {
  const reason = new Error('interrupted');
  expect(() => shell('exit', { signal: AbortSignal.abort(reason) })).toThrow(reason);
});

test('a child that is given time ends by itself when its input closes', async () => {
  const child = shell('cat > /dev/null; exit 5', { input: 'pipe' });
  expect((await child.stop(10_000)).code).toBe(5);
  const stubborn = shell('exec sleep 600', { input: 'pipe' });
  const since = performance.now();
  expect((await stubborn.stop(200)).signal).toBe('SIGKILL');
  expect(performance.now() - since).toBeGreaterThan(190);
});

test('a child is noted with the run that started it', async () => {
  const run = openRunDir(`child-test-${process.pid}`);
  onTestFinished(() => run.remove());
  const child = shell('sleep 600', { runId: run.id });
  expect(readOwner(run.path)!.children).toMatchObject([{ pid: child.process.pid }]);
  await child.stop();
});

test('a child that can’t be noted with its run does not stay', async () => {
  const run = openRunDir(`child-test-gone-${process.pid}`);
  rmSync(run.path, { recursive: true });
  const seconds = `6${process.pid}`;
  expect(() => shell(`exec sleep ${seconds}`, { runId: run.id })).toThrow('ENOENT');
  run.remove();
  await expect.poll(() => processesNaming(seconds)).toEqual([]);
});

test('a tool that somebody else killed is said to be, and by what', async () => {
  await expect(runTool('sh', ['-c', 'kill -9 $$'])).rejects.toMatchObject({
    code: 'PROGRAM_KILLED',
    exitCode: 4,
    message: 'sh was ended from outside: it was killed by SIGKILL, as Linux does where memory runs out.',
  });
});

test('a tool that is aborted throws the reason; one that can’t be started, why', async () => {
  const abort = new AbortController();
  const running = runTool('sleep', ['600'], { signal: abort.signal });
  await sleep(20);
  abort.abort(new Error('interrupted'));
  await expect(running).rejects.toThrow('interrupted');
  await expect(runTool('/no/such/program', [])).rejects.toThrow('ENOENT');
  expect(await runTool('cat', [], { input: 'told' })).toEqual({ code: 0, stdout: 'told', stderr: '' });
});
