import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/machine/entry.js';
import { circles, type Import, importsOf, loadedWith, sourceFiles } from './imports.js';
import { DOORS, ENTRIES, ROOMS, type Room } from './rooms.js';

const files = sourceFiles('src');
const imports = files.flatMap(importsOf);
const between = imports.filter(({ from, to, module }) => module === null && roomOf(from) !== roomOf(to));
const say = ({ from, to }: Import) => `${from} -> ${to}`;

function roomOf(file: string): Room | null {
  const name = /^src\/([^/]+)\//.exec(file)?.[1];
  return ROOMS.find((room) => room === name) ?? null;
}

describe('the rooms of src/', () => {
  it('are all declared: only index.ts, what the package exports, stands outside of them', () => {
    expect(files.filter((file) => roomOf(file) === null)).toEqual(['src/index.ts']);
  });

  it('import only what stands below them, types included', () => {
    const upwards = between.filter(({ from, to }) => {
      const [above, below] = [roomOf(from), roomOf(to)];
      return above !== null && (below === null || ROOMS.indexOf(below) < ROOMS.indexOf(above));
    });
    expect(upwards.map(say)).toEqual([]);
  });

  it('are entered by their index or another declared door', () => {
    const past = between.filter(({ to }) => {
      const room = roomOf(to);
      return (
        room === null || !['index.ts', ...(DOORS[room] ?? [])].some((door) => to === `src/${room}/${door}`)
      );
    });
    expect(past.map(say)).toEqual([]);
  });

  it('hold no files that import each other in a circle', () => {
    expect(circles(files)).toEqual([]);
  });
});

describe('what runs by itself', () => {
  it.each(Object.entries(ENTRIES))('%s loads no more than it may', (entry, { rooms, modules, node }) => {
    const loaded = loadedWith(entry);
    expect([...loaded.files].filter((file) => !rooms.some((room) => roomOf(file) === room))).toEqual([]);
    if (!modules) return;
    const others = [...loaded.modules].filter((module) => !modules.includes(module));
    expect(others.filter((module) => !(node && module.startsWith('node:')))).toEqual([]);
  });

  it('is reached by the scenarios through the door for k6 alone', () => {
    const taken = sourceFiles('scenarios').flatMap(importsOf);
    expect(taken.filter(({ to, module }) => module === null && to !== 'src/load/in-k6.ts').map(say)).toEqual(
      [],
    );
  });
});

/** What would make the same records give another scorecard, or need a server. */
const IMPURE = /^(pg|node:(?!zlib|url|path|fs).*)$/;

describe('what is pure', () => {
  it('score loads no database, process, file or clock', () => {
    const { modules } = loadedWith('src/score/index.ts');
    expect([...modules].filter((module) => IMPURE.test(module) || module.startsWith('node:fs'))).toEqual([]);
    const asks = /\b(new Date|Date\.|performance\.|process\.|Math\.random)/;
    const scored = files.filter((file) => roomOf(file) === 'score');
    expect(scored.filter((file) => asks.test(readFileSync(join(packageRoot, file), 'utf8')))).toEqual([]);
  });

  it('report starts nothing and asks no server', () => {
    const own = files.filter((file) => roomOf(file) === 'report').flatMap(importsOf);
    const impure = own.filter(
      ({ module, to }) => module !== null && /^(pg|node:(child_process|net|http))$/.test(to),
    );
    expect(impure.map(say)).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  const text = readFileSync(join(packageRoot, 'docs/architecture.md'), 'utf8');

  it('lists the rooms in their order', () => {
    expect([...text.matchAll(/^\| `([a-z]+)` \|/gm)].map(([, room]) => room)).toEqual(ROOMS);
  });

  it('names only files that are there, and so do the other documents', () => {
    const documents = [
      'README.md',
      'reports/README.md',
      ...readdirSync(join(packageRoot, 'docs')).map((name) => `docs/${name}`),
    ];
    const named = documents
      .filter((name) => name.endsWith('.md'))
      .flatMap((name) => [
        ...readFileSync(join(packageRoot, name), 'utf8').matchAll(/[`(](src\/[\w./-]+)[`)]/g),
      ])
      .map(([, path]) => path!);
    expect(named.filter((path) => !existsSync(join(packageRoot, path)))).toEqual([]);
    expect(named.length).toBeGreaterThan(50);
  });
});
