export { type Compared, compare } from './compare.js';
