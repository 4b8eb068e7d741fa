export { type Compared, compare } from './compare.js';
export { demo, demoSeconds } from './demo.js';
