import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { BenchError } from '../machine/pure.js';

/** So many times in a row nobody is that unlucky. */
const PORT_ATTEMPTS = 5;

/** Runs `start` with free ports, and again with others if somebody took one of them meanwhile. */
export async function withFreePorts<T>(count: number, start: (ports: number[]) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePorts(count));
    } catch (error) {
      const taken = error instanceof BenchError && error.code === 'PORT_TAKEN';
      if (!taken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

/** Ports of 127.0.0.1 that were free a moment ago, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  try {
    await Promise.all(servers.map((server) => once(server, 'listening')));
    return servers.map((server) => (server.address() as AddressInfo).port);
  } finally {
    for (const server of servers) server.close();
  }
}

/** Somebody else took a port between our finding it free and the server's taking it. */
export function portTaken(): BenchError {
  return new BenchError(
    'PORT_TAKEN',
    'No free port of 127.0.0.1 stayed free until PostgreSQL took it: try again.',
    { exitCode: 4 },
  );
}
