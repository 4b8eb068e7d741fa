import type { AddressInfo } from 'node:net';
import { beWorker } from '../machine/index.js';
import { messageOf } from '../machine/pure.js';
import { createRouter } from '../router/index.js';
import type { ServiceAnnouncement, ServiceConfig, ServiceStats } from './config.js';
import { buildService } from './server.js';

/**
 * The service as a process of its own. It reads its configuration from standard input and lives until that
 * closes: a bench that died takes its service along, however it died.
 */
let stop = async () => {};
async function end(): Promise<void> {
  // A request that hangs on a dead server keeps nobody waiting.
  setTimeout(() => process.exit(0), 3000).unref();
  await stop();
  process.exit(0);
}
process.once('SIGTERM', end);
const announce = beWorker<ServiceConfig, ServiceAnnouncement>('splitbench-service', {
  async message(config) {
    try {
      stop = await serve(config);
    } catch (error) {
      announce({ error: messageOf(error) }, () => process.exit(1));
    }
  },
  close: end,
});

/** Starts router and service, announces the port, and returns the way to end both. */
async function serve(config: ServiceConfig): Promise<() => Promise<void>> {
  const warnings = new Map<string, ServiceStats['warnings'][number]>();
  const router = await createRouter({
    ...config,
    applicationName: 'smartmenu',
    onWarning(warning) {
      const key = `${warning.code} ${warning.node}`;
      const known = warnings.get(key);
      if (known) known.count++;
      else warnings.set(key, { ...warning, count: 1 });
    },
  });
  const app = buildService({ router, warnings: () => [...warnings.values()] });
  await app.listen({ host: config.host ?? '127.0.0.1', port: config.port ?? 0 });
  announce({ ready: true, port: (app.server.address() as AddressInfo).port });
  return async () => {
    await app.close();
    await router.end();
  };
}
