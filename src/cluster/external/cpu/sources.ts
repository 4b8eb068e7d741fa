import type { CpuSource } from '../../../record/pure.js';
import { command } from './command.js';
import { container } from './container.js';
import { kernel } from './kernel.js';
import { prometheus } from './prometheus.js';
import type { CountedServer, CpuReader } from './reader.js';

type Source<From extends CpuSource['from']> = Extract<CpuSource, { from: From }>;

/** All that can count a server's CPU. */
const CPU_SOURCES: {
  [From in CpuSource['from']]: (source: Source<From>, server: CountedServer) => Promise<CpuReader>;
} = { kernel, container, prometheus, command };

/** @throws Error in words where a source can't count this server */
export function cpuReader(source: CpuSource, server: CountedServer): Promise<CpuReader> {
  const open = CPU_SOURCES[source.from] as (source: CpuSource, server: CountedServer) => Promise<CpuReader>;
  return open(source, server);
}
