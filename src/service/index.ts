export { type ServiceHandle, startService } from './start.js';
