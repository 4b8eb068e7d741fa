import { html } from './html/page.js';
import { json } from './json.js';
import type { Reporter } from './reporter.js';
import { terminal } from './terminal.js';

/** Every format that a comparison can be told in. */
export const REPORTERS = { html, json, terminal } satisfies Record<string, Reporter>;
