export { DATABASE, loadSmartmenu, smartmenuFingerprint } from './load.js';
export { type InputKind, OPERATIONS, type Operation } from './statements.js';
export { generateTraffic, trafficHeader } from './traffic.js';
export { CITIES } from './vocabulary.js';
