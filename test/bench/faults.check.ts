import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, csvlogRecord } from '../workload/capture/csvlog-text.js';
import { children } from './faults/children.js';
import { runOf } from './faults/commands.js';
import { disks } from './faults/disks.js';
import { environment } from './faults/environment.js';
import { knownFiles, mutatedFiles } from './faults/files.js';
import { type Ground, openGround } from './faults/ground.js';
import { interrupts } from './faults/interrupts.js';
import { type Fault, tryFault } from './faults/promises.js';
import { together } from './faults/together.js';

/**
 * Whatever goes wrong, the bench says so: faults of every kind are made while it works, and after each it is looked
 * whether what docs/reliability.md promises holds. The same seed makes the same faults.
 *
 * INTERRUPTS and FILES say how many there are of those that are drawn by chance, ONLY names groups to try.
 */

const { SEED = String(Date.now() % 1e6), INTERRUPTS = '50', FILES = '200', ONLY } = process.env;

const GROUPS: Record<string, () => Fault[]> = {
  files: () => [...knownFiles(), ...mutatedFiles(Number(FILES), Number(SEED))],
  environment: () => environment,
  together: () => together,
  interrupts: () => interrupts(Number(INTERRUPTS), Number(SEED)),
  children: () => children,
  disks: () => disks,
};
const chosen = Object.entries(GROUPS).filter(([name]) => ONLY?.split(',').includes(name) ?? true);

let ground: Ground;
const told: { group: string; name: string; end: string; seconds: number; broken: string[] }[] = [];

beforeAll(async () => {
  console.log(`Seed: ${SEED}`);
  ground = openGround();
  writeFileSync(join(ground.folder, 'server.csv'), someLog());
  if (chosen.every(([name]) => name === 'files')) return;
  // What is there from before, and stays.
  for (const args of [runOf('baseline', 2), runOf('split', 2), ['compare']]) {
    const { broken } = await tryFault(ground, { name: args.join(' '), args, exits: [0, 1, 3] });
    expect(broken).toEqual([]);
  }
});
afterAll(() => {
  ground.remove();
  console.log(summary());
});

function someLog(): string {
  const lines = Array.from({ length: 20_000 }, (_, i) =>
    csvlogRecord({
      ...{ time: at(i), session: `67c57aa0.${i % 9}`, line: i },
      message: `duration: 0.500 ms  statement: SELECT ${i}`,
    }),
  );
  return lines.join('');
}

describe.each(chosen)('%s', (group, faults) => {
  for (const fault of faults()) {
    const { name, lacking } = fault;
    test.skipIf(lacking)(lacking ? `${name} (${lacking})` : name, async () => {
      const { exit, stderr, seconds, broken } = await tryFault(ground, fault);
      const words = stderr.trim().split('\n').at(-1) ?? '';
      told.push({ ...{ group, name, seconds, broken }, end: `${exit} ${words}` });
      console.log(
        `${broken.length === 0 ? '✓' : '✗'} ${group}: ${name} (${seconds.toFixed(1)} s, exit ${exit})`,
      );
      expect(broken, stderr).toEqual([]);
    });
  }
});

function summary(): string {
  const rows = chosen.map(([group]) => {
    const tried = told.filter((each) => each.group === group);
    const broke = tried.filter(({ broken }) => broken.length > 0);
    const seconds = tried.reduce((sum, each) => sum + each.seconds, 0);
    return [
      `${group}: ${tried.length} faults in ${seconds.toFixed(0)} s, promises broken by ${broke.length}`,
      ...broke.flatMap(({ name, end, broken }) => [
        `  ${name} (${end.slice(0, 160)})`,
        ...broken.map((what) => `    ${what}`),
      ]),
    ];
  });
  return rows.flat().join('\n');
}
