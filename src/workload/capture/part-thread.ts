import { parentPort, workerData } from 'node:worker_threads';
import { loadParser } from '../../router/sql/index.js';
import { formatNamed } from './log-formats.js';
import { readPart } from './read-part.js';
import type { PartJob, PartMessage } from './read-parts.js';

/** A thread that reads a log for a share of its sessions. What goes wrong ends it, and is told as its error. */

/** Told so often, what has been read costs nothing. */
const TELL_EVERY_BYTES = 1 << 20;

const { files: named, ...request } = workerData as PartJob;
const say = (message: PartMessage) => parentPort!.postMessage(message);

let untold = 0;
await loadParser();
const files = named.map((file) => ({ ...file, format: formatNamed(file.format) }));
const part = await readPart(files, request, {
  onBytes(bytes) {
    untold += bytes;
    if (untold < TELL_EVERY_BYTES) return;
    say({ type: 'read', bytes: untold });
    untold = 0;
  },
});
say({ type: 'part', part });
