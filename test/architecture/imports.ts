import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { packageRoot } from '../../src/machine/entry.js';

/** One file's import of another file or of a package. Paths start at the package's root, with slashes. */
export interface Import {
  from: string;
  to: string;
  /** Null: a file of this project. Else the package or Node module. */
  module: string | null;
  /** Whether nothing is left of it when types are stripped. */
  typeOnly: boolean;
}

/** All TypeScript files below a folder of the project. */
export function sourceFiles(folder: string): string[] {
  return readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => `${folder}/${name.split(sep).join('/')}`)
    .sort();
}

/** Every import, export-from and import() of a file, those of types included. */
export function importsOf(file: string): Import[] {
  const text = readFileSync(join(packageRoot, file), 'utf8');
  const found: Import[] = [];
  for (const [, clause = '', specifier] of text.matchAll(
    /^(?:import|export)\s+(?:([^;'"]*?)\s+from\s+)?'([^']+)'/gm,
  ))
    found.push(importOf(file, specifier!, isTypeOnly(clause)));
  for (const [, specifier] of text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g))
    found.push(importOf(file, specifier!, false));
  return found;
}

function importOf(from: string, specifier: string, typeOnly: boolean): Import {
  if (!specifier.startsWith('.')) return { from, to: specifier, module: specifier, typeOnly };
  const path = resolve(packageRoot, dirname(from), specifier).replace(/\.js$/, '.ts');
  return { from, to: relative(packageRoot, path).split(sep).join('/'), module: null, typeOnly };
}

function isTypeOnly(clause: string): boolean {
  if (clause.startsWith('type ')) return true;
  const names = /^\{(.*)\}$/s.exec(clause.trim())?.[1];
  if (names === undefined) return false;
  const each = names.split(',').map((name) => name.trim());
  return each.filter(Boolean).every((name) => name.startsWith('type '));
}

/** What is loaded with a file at run time: files of the project, and modules. */
export function loadedWith(entry: string): { files: Set<string>; modules: Set<string> } {
  const files = new Set<string>();
  const modules = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file) || !file.endsWith('.ts')) return;
    files.add(file);
    for (const { to, module, typeOnly } of importsOf(file)) {
      if (typeOnly) continue;
      if (module === null) visit(to);
      else modules.add(module);
    }
  };
  visit(entry);
  return { files, modules };
}

/** Files that import each other in a circle, types included: each circle as its path, first file last again. */
export function circles(files: readonly string[]): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string) => {
    const at = path.indexOf(file);
    if (at >= 0) {
      found.push([...path.slice(at), file]);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const { to, module } of importsOf(file)) if (module === null && to.endsWith('.ts')) visit(to);
    path.pop();
    done.add(file);
  };
  for (const file of files) visit(file);
  return found;
}
