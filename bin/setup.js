#!/usr/bin/env node
// Makes a clone ready to run: installs what package-lock.json names and compiles src/, each only if it is out of date.
// Plain JavaScript on Node alone, for it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 18)) {
  console.error(`splitbench needs Node 20.18 or newer; this is ${process.versions.node}.`);
  process.exit(2);
}

step('install', ['package.json', 'package-lock.json'], 'node_modules', [
  'ci',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
]);
step(
  'build',
  ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'bin/build.js', 'src', 'scenarios'],
  'dist',
  ['run', '--silent', 'build'],
);

/** Runs npm with `args` unless `folder` carries the hash of `inputs` that a former run left there. */
function step(what, inputs, folder, args) {
  const stamp = join(root, folder, '.splitbench-setup');
  const hash = createHash('sha256').update(process.version);
  for (const input of inputs) addTo(hash, join(root, input));
  const digest = hash.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  console.error(`splitbench: ${what} …`);
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status, error } = spawnSync(npm, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (error || status !== 0) {
    console.error(`splitbench: "npm ${args.join(' ')}" failed${error ? `: ${error.message}` : ''}.`);
    process.exit(status || 1);
  }
  writeFileSync(stamp, digest);
}

/** Adds a file, or every file below a folder, by name and content: wherever the clone stands, or is moved to. */
function addTo(hash, path) {
  for (const file of existsSync(path) ? listFiles(path) : [])
    hash.update(relative(root, file)).update(readFileSync(file));
}

function listFiles(path) {
  try {
    return readdirSync(path, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
      .sort();
  } catch {
    return [path];
  }
}
