import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startChild } from '../../src/machine/child.js';
import { processStart } from '../../src/machine/processes.js';
import { openRunDir, readOwner } from '../../src/machine/run-dir.js';
import { runTool } from '../../src/machine/tool.js';

const shell = (script: string, options: Parameters<typeof startChild>[2] = {}) =>
  startChild('sh', ['-c', script], options);

test('a child’s ending says its code and its last words', async () => {
  expect(await shell('echo first >&2; echo "the reason" >&2; exit 3').ended).toEqual({
    code: 3,
    words: 'first\nthe reason',
  });
  expect(await shell('exit 7').ended).toEqual({ code: 7, words: 'it ended with 7' });
  expect((await startChild('/no/such/program', []).ended).error).toMatchObject({ code: 'ENOENT' });
});

test.each(['an abort', 'stop'])('a child is killed with those it started by %s', async (how) => {
  const abort = new AbortController();
  const child = shell('sleep 600 & echo $!; wait', { output: 'pipe', signal: abort.signal });
  const [text] = await once(child.process.stdout!.setEncoding('utf8'), 'data');
  const grandchild = Number(text);
  expect(processStart(grandchild)).not.toBeNull();
  if (how === 'stop') void child.stop();
  else abort.abort();
  expect((await child.ended).words).toBe('it ended with SIGKILL');
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
  expect((await stubborn.stop(200)).words).toBe('it ended with SIGKILL');
  expect(performance.now() - since).toBeGreaterThan(190);
});

test('a child is noted with the run that started it', async () => {
  const run = openRunDir(`child-test-${process.pid}`);
  onTestFinished(() => run.remove());
  const child = shell('sleep 600', { runId: run.id });
  expect(readOwner(run.path)!.children).toMatchObject([{ pid: child.process.pid }]);
  await child.stop();
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
