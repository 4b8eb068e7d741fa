#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) {
  const { run } = await import(main.href);
  run(process.argv).then((exitCode) => {
    process.exitCode = exitCode;
  });
} else {
  console.error('bench is not built yet: run "node bin/setup.js" in its folder first.');
  process.exitCode = 2;
}
