#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) {
  const cannotLoad = ({ message }) => {
    console.error(
      `bench: its own files can't be read (${message}): raise the limit of open files (ulimit -n), or reinstall it. [OWN_FILES]`,
    );
    return 4;
  };
  import(main.href)
    .then(({ run, watchOutput }) => {
      watchOutput();
      return run(process.argv);
    }, cannotLoad)
    .then((exitCode) => {
      process.exitCode = exitCode;
    });
} else {
  console.error('bench is not built yet: run "node bin/setup.js" in its folder first.');
  process.exitCode = 2;
}
