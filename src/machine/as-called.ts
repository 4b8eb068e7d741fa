import { basename, relative } from 'node:path';
import { shellWord } from './shell.js';

/**
 * Messages name commands as `bench run …`, for their users to copy, and not all of them have a `bench` on the PATH. Whoever calls
 * the bench through npx, or by a script of a clone (`npm run demo`), is told `npx splitbench run …`, which is the same package wherever it
 * is typed, as `npx bench` is not. Whoever calls its file is told that file.
 */
export function asCalled(text: string): string {
  return naming(text, HERE);
}

/** The same in files, which are read in other folders and on other machines: no path of this one leads anywhere there. */
export function asCalledAnywhere(text: string): string {
  return naming(text, ANYWHERE);
}

function naming(text: string, name: string | null): string {
  return name === null ? text : text.replace(NAMED, () => name);
}

/** What npm tells a command of how it was called. */
const { npm_lifecycle_event: event, npm_lifecycle_script: script = '' } = process.env;
const THROUGH_NPM =
  (event === 'npx' && /^['"]?(split)?bench\b/.test(script)) || /\bbin\/bench\.js\b/.test(script);

/** In a package's folder it is a shim of pnpm, or of npm on Windows, that calls the file: its user typed the name. */
const [, file = ''] = process.argv;
const BY_FILE = basename(file) === 'bench.js' && !/[\\/]node_modules[\\/]/.test(file);

const ANYWHERE = THROUGH_NPM || BY_FILE ? 'npx splitbench' : null;
const HERE = BY_FILE && !THROUGH_NPM ? `node ${shellWord(fromHere(file))}` : ANYWHERE;

/** A file's path as one types it here. */
export function fromHere(path: string): string {
  try {
    const within = relative(process.cwd(), path);
    return within.startsWith('..') ? path : within;
  } catch {
    // The folder is gone.
    return path;
  }
}

/** Before one of its commands, on the same line or the next: else it is the bench that is spoken of. */
const NAMED =
  /(?<!npx )\bbench(?=\s+(…|\[options\]|(calibrate|compare|demo|doctor|import|inspect|k6|open|plan|prepare|report|run|schema|selfcheck|serve|trend|trials)\b))/g;
