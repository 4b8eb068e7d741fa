import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
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

it('the list of formats is whole', () => {
  const listed = [...read('docs/ci.md').matchAll(/^\| `(\w+)` \| `(\S+)` \|/gm)].map(([, format, file]) => [
    format,
    file,
  ]);
  expect(listed).toEqual(FORMATS.map((format) => [format, REPORTERS[format].fileName]));
});
