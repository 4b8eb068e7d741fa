export { DATABASE, loadSmartmenu, smartmenuFingerprint } from './load.js';
export { smartmenuBytes } from './size.js';
export { type InputName, OPERATIONS, type Operation, routeOf } from './statements.js';
export { generateTraffic, trafficHeader } from './traffic.js';
export { CITIES } from './vocabulary.js';
