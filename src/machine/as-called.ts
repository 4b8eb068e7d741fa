/**
 * Messages and reports name commands as `bench run …`, for their users to copy. Whoever calls the bench through npx, or by a script of
 * a clone (`npm run demo`), has no `bench` on the PATH: there they are named as `npx splitbench run …`, which is the same package wherever
 * it is typed, as `npx bench` is not.
 */
export function asCalled(text: string): string {
  return THROUGH_NPM ? text.replace(NAMED, 'npx splitbench') : text;
}

/** What npm tells a command of how it was called. */
const { npm_lifecycle_event: event, npm_lifecycle_script: script = '' } = process.env;
const THROUGH_NPM =
  (event === 'npx' && /^['"]?(split)?bench\b/.test(script)) || /\bbin\/bench\.js\b/.test(script);

/** Before one of its commands, on the same line or the next: else it is the bench that is spoken of. */
const NAMED =
  /(?<!npx )\bbench(?=\s+(\[options\]|(calibrate|compare|demo|doctor|import|k6|open|plan|prepare|report|run|schema|selfcheck|serve|trend|trials)\b))/g;
