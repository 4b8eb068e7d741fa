import type { ConnectionConfig } from '../cluster/index.js';
import type { ReplicaConfig, RouterStats, RouterWarning, RoutingPolicy } from '../router/index.js';

/** What the service process is told on its standard input, as one line of JSON. */
export interface ServiceConfig {
  primary: ConnectionConfig;
  replicas: (ConnectionConfig | ReplicaConfig)[];
  /** Whom the router's health checks connect as; without them, as the application. */
  monitors?: { primary: ConnectionConfig; replicas: ConnectionConfig[] };
  /** A shipped policy's name or a policy. */
  policy: string | RoutingPolicy;
  /** Connections per node. */
  poolSize: number;
  /** To listen on; by default any that is free. */
  port?: number;
  /** Of this machine, to listen on; by default 127.0.0.1. */
  host?: string;
}

/** What it answers on standard output, once, as one line of JSON. */
export type ServiceAnnouncement = { ready: true; port: number } | { error: string };

/** What `GET /-/stats` answers. */
export interface ServiceStats {
  router: RouterStats;
  /** CPU seconds used by the service process since its start. */
  cpuSeconds: number;
  rssBytes: number;
  /** The router's warnings so far: of each code and node the first, and how many there were. */
  warnings: (RouterWarning & { count: number })[];
}
