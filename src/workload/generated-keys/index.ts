/** Numbers of sequences that statements were given and sent back: no log holds them, and a replay draws others. */

export { type KeyCatalog, loadKeyCatalog } from './catalog.js';
export { GIVEN, Inference, type InferredKeys, SENT } from './infer.js';
