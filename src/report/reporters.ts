import { html } from './html/page.js';
import { json } from './json.js';
import type { Reporter } from './reporter.js';

/** Every format that a comparison is written in. */
export const REPORTERS = { html, json } satisfies Record<string, Reporter>;
