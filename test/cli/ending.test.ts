import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { packageRoot } from '../../src/machine/entry.js';

/** A command that does something while its ending is watched. */
function command(does: string) {
  const ending = pathToFileURL(join(packageRoot, 'dist/cli/ending.js')).href;
  const script = `
    import { watchEnding } from ${JSON.stringify(ending)};
    const ending = watchEnding();
    const never = new Promise(() => {});
    const busy = () => setInterval(() => {}, 1000);
    ${does}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const closed = once(child, 'close');
  return {
    ready: once(child.stdout, 'data'),
    signal: (name: NodeJS.Signals) => child.kill(name),
    said: () => stderr,
    ended: async () => ({ code: (await closed)[0], stderr: stderr.trim() }),
  };
}

const STUCK = `busy(); void ending.during(() => { console.log('under way'); return never; });`;

describe.concurrent('a command', () => {
  it('that stops in order what it started is left to do so, and a second signal ends it at once', async () => {
    const { ready, signal, said, ended } = command(`ending.keep('Two runs are kept.'); ${STUCK}`);
    await ready;
    // As npx does, which passes on what the terminal has sent to all.
    signal('SIGINT');
    signal('SIGINT');
    await vi.waitFor(() => expect(said()).toContain('Interrupted'), { timeout: 20_000 });
    await sleep(400);
    expect(said()).toBe(
      '\nInterrupted: stopping what was started … (a second Ctrl-C stops at once)\nTwo runs are kept.\n',
    );
    signal('SIGTERM');
    const { code, stderr } = await ended();
    expect(code).toBe(130);
    expect(stderr).toMatch(
      /\n\nStopped at once\. Two runs are kept\. The next bench cleans up what is left of this one\.$/,
    );
  });

  it('that has started nothing is ended by the first signal', async () => {
    const { ready, signal, ended } = command(`busy(); console.log('reading');`);
    await ready;
    signal('SIGHUP');
    expect(await ended()).toEqual({ code: 130, stderr: 'Interrupted. What is not finished is not kept.' });
  });

  it('that is ended at once says what is kept of its work', async () => {
    const { code, stderr } = await command(`ending.keep('Two runs are kept.'); ending.stopAtOnce();`).ended();
    expect(code).toBe(130);
    expect(stderr).toMatch(/^Stopped at once\. Two runs are kept\. The next bench cleans up what is left/);
  });

  it.each([
    ['waits for what can never come', 'await never;'],
    ['waits so while something is under way', 'ending.during(() => never);'],
    ['is left by an exit that calls itself a success', 'process.exit(0);'],
  ])('that %s fails, and says so in one sentence', async (_, does) => {
    const { code, stderr } = await command(does).ended();
    expect(code).toBe(4);
    expect(stderr).toMatch(
      /^bench: The command ended in the middle of its work, which is a fault of the bench: .*\. \[UNEXPECTED\]$/m,
    );
  });

  it('that has ended leaves as it likes', async () => {
    expect(await command('ending[Symbol.dispose]();').ended()).toEqual({ code: 0, stderr: '' });
  });
});
