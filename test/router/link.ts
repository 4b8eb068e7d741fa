import { connect, createServer, type Server, type Socket } from 'node:net';
import type { ConnectionConfig } from '../../src/cluster/cluster.js';

/** A way to a server that can be cut and mended, as a network or a restarted server would. */
export class Link implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(readonly to: ConnectionConfig) {}

  async mend(): Promise<ConnectionConfig> {
    const server = createServer((near) => {
      const far = connect(this.to.port, this.to.host);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => this.#sockets.delete(socket));
      }
      near.pipe(far).pipe(near);
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#server = server;
    this.#port = (server.address() as { port: number }).port;
    return { ...this.to, host: '127.0.0.1', port: this.#port };
  }

  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server?.listening) await this.cut();
  }
}
