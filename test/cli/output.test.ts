import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/main.js';
import { withProgress } from '../../src/cli/progress-line.js';
import { packageRoot } from '../../src/machine/entry.js';
import { sourceFiles } from '../architecture/imports.js';
import { steeringIn } from '../steering.js';
import { csvlogRecord } from '../workload/capture/csvlog-text.js';

/** Clears the screen, names the window, rings; C1's of the same; turns what follows around. */
const HOSTILE = '\u001b[2J\u001b]0;own\u0007\u009b31m\u202e\u2066';
const SHOWN = '\\x1b[2J\\x1b]0;own\\x07\\x9b31m\\u202e\\u2066';

const folder = mkdtempSync(join(tmpdir(), 'splitbench-output-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let said: string;
beforeEach(() => {
  said = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      said += text;
      return true;
    });
  }
});
afterEach(() => {
  vi.restoreAllMocks();
});

const bench = (...args: string[]) => run(['node', 'bench', ...args]);

/** A log with names that only a hostile user gives. */
function hostileLog(): string {
  const lines = ['app', `${HOSTILE}\nuser`].map((user, n) =>
    csvlogRecord({
      user,
      database: `shop${HOSTILE}\nNote: all is well`,
      session: `67c57aa0.${n}`,
      message: 'statement: select 1',
    }),
  );
  const file = join(folder, `log${HOSTILE}.csv`);
  writeFileSync(file, lines.join(''));
  return file;
}

describe('what the command says', () => {
  it('obeys no name of a log, in words or as JSON', async () => {
    const log = hostileLog();
    const out = join(folder, `trace${HOSTILE}`);
    expect(await bench('import', log, '--out', out)).toBe(0);
    expect(existsSync(out)).toBe(true);
    expect(steeringIn(said)).toBeNull();
    expect(said).toContain(`database "shop${SHOWN}\\nNote: all is well"`);
    expect(said).not.toMatch(/^Note: all is well/m);
    said = '';
    expect(await bench('import', log, '--out', out, '--json')).toBe(0);
    expect(steeringIn(said)).toBeNull();
    const json = said.slice(said.indexOf('{\n'));
    expect(JSON.parse(json)).toMatchObject({ database: `shop${HOSTILE}\nNote: all is well` });
  });

  it.each([
    ['a file', ['import', `nowhere${HOSTILE}\nsecond.csv`, '--out', 'x']],
    ['a database', ['import', '<log>', '--out', join(folder, 'y'), '--database', `${HOSTILE}\nz`]],
    ['a run', ['compare', `${HOSTILE}\n/run.json`, 'b']],
    ['a policy', ['run', 'baseline', '--policy', `${HOSTILE}\npolicy`]],
    ['a value', ['run', 'baseline', '--driver', `${HOSTILE}\n`]],
    ['an option', ['run', 'baseline', `--${HOSTILE}\noption`]],
    ['a command', [`${HOSTILE}\ncommand`]],
  ])('is one plain line where %s is wrong, whatever it is called', async (_what, args) => {
    const log = args.includes('<log>') ? hostileLog() : '';
    expect(await bench(...args.map((arg) => (arg === '<log>' ? log : arg)))).toBe(2);
    expect(steeringIn(said)).toBeNull();
    const lines = said
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith('importing'));
    expect(lines).toHaveLength(1);
  });

  it('has a misspelt option and what it may have been on one line', async () => {
    expect(await bench('run', 'baseline', '--ratee', '5')).toBe(2);
    expect(said).toBe("bench: Unknown option '--ratee'. Did you mean --rate? [USAGE]\n");
  });

  it.each([
    [['run', 'baseline', '--rate'], '--rate <auto|n> needs a value: --help lists what there is.'],
    [['import', 'a.csv'], '-o, --out <trace> has to be given: --help lists what there is.'],
    [['trials', '--format', 'pdf'], /^--format <list> can't be 'pdf'\. Choose from html, .*\.$/],
    [
      ['compare', '--fail-on', 'none'],
      /^--fail-on <list> can't be 'none'\. .*, invalid, separated by commas, or never\.$/,
    ],
    [['import', 'a.csv', '--mask', 'no'], "--mask <what> can't be 'no'. Choose from strings, all."],
    [['schema', 'no'], "<name> can't be 'no'. Choose from plan, run, trials, compare."],
    [['doctor', 'extra'], 'Too many arguments: doctor takes 0, and got 1.'],
    [['baseline'], "Unknown command 'baseline': --help lists what there is."],
  ])('says what is wrong with %j in words of its own', async (args, words) => {
    expect(await bench(...args)).toBe(2);
    const [, sentence] = /^bench: (.*) \[USAGE\]\n$/.exec(said) ?? [];
    if (typeof words === 'string') expect(sentence).toBe(words);
    else expect(sentence).toMatch(words);
  });

  it('takes a share of the sessions in percent only: 0.3 might be 30 % or less than one', async () => {
    expect(await bench('import', hostileLog(), '--out', join(folder, 'x'), '--sample-sessions', '0.3')).toBe(
      2,
    );
    expect(said).toContain('above 0% and up to 100%, such as 10%. [OPTION_INVALID]');
  });

  it('names an option as it was typed, by whichever of its names', async () => {
    for (const name of ['--load', '--utilisation']) {
      said = '';
      expect(await bench('plan', name, '90')).toBe(2);
      expect(said).toBe(
        `bench: ${name} must be from 0.1 to 0.95, or 10% to 95% (given: "90"). [OPTION_INVALID]\n`,
      );
    }
  });

  it('lays out help in lines', async () => {
    expect(await bench('compare', '--help')).toBe(0);
    expect(said).toMatch(/^Usage: bench compare .*\n\n(.*\n)+ {2}--control <file> /);
    said = '';
    expect(await bench('--version')).toBe(0);
    expect(said).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('shows what a server said in its progress and its warnings', async () => {
    await withProgress(new AbortController().signal, async ({ onProgress, onWarning }) => {
      onProgress({ phase: 'playing', etaS: null, detail: HOSTILE });
      onWarning(`down: ${HOSTILE}\nnext`);
      onProgress({ phase: 'playing', etaS: null });
    });
    // It is still in the phase that it was in.
    expect(said).toBe(`playing · ${SHOWN}\nnote: down: ${SHOWN}\\nnext\n`);
  });
});

it('nothing but the output of the command line writes to the terminal', () => {
  // What talks to its parent by lines of JSON is no command, and neither the page nor k6 is on a terminal of ours.
  const others = sourceFiles('src').filter(
    (file) =>
      !['src/cli/output.ts', 'src/machine/worker.ts'].includes(file) &&
      !/^src\/(report\/page|load\/scenario\/in-k6)\//.test(file),
  );
  const writes = /\bconsole\.|\bprocess\.std(out|err)\.write\b|\bstream\.write\(/;
  // Not those of a child (`child.process.stdout`).
  const names = /(?<!\.)\bprocess\.(stdout|stderr)\b/;
  const text = (file: string) => readFileSync(join(packageRoot, file), 'utf8');
  expect(others.filter((file) => writes.test(text(file)))).toEqual([]);
  // Of the live line, which the bar draws, and of a stream that nobody reads any more.
  expect(others.filter((file) => names.test(text(file)))).toEqual([
    'src/cli/ending.ts',
    'src/cli/progress-line.ts',
  ]);
});
