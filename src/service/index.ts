export type { ServiceConfig } from './config.js';
export { type ServiceHandle, startService } from './start.js';
