import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, makeOnce } from '../../machine/index.js';
import { BenchError } from '../../machine/pure.js';
import { ownServers } from '../own-servers.js';
import type { ClusterProvider, MadeDataset, PreparedData, SnapshotDataset } from '../provider.js';
import { explained, openSnapshot, requireSnapshot } from '../restore/snapshot.js';
import { nodesOf } from '../sides.js';
import { type Connect, type Content, type Filled, loadMade } from '../template/template.js';
import { askDocker } from './docker.js';
import { Engine } from './engine.js';
import { buildImage, IMAGE } from './project.js';
import { startComposeCluster } from './start.js';

/** Servers that the bench starts as containers on this machine, from the docker-compose.yml of its own folder. */
export const compose = {
  kind: 'compose',

  async describe(wanted) {
    const servers = ownServers(wanted);
    await using _engine = await Engine.open();
    await buildImage();
    const words = await askDocker(['run', '--rm', IMAGE, 'sh', '-c', POSTGRES_VERSION]);
    const [postgresVersion = 'unknown'] = /\d+(\.\d+)+/.exec(words) ?? [];
    return { kind: 'compose', postgresVersion, cpuMethod: 'container', ...servers };
  },

  nodesOf,

  async prepare(dataset, { topology, signal, onProgress }) {
    requireSnapshot(dataset);
    const { content, restored, ...identities } =
      dataset.kind === 'made' ? ofMade(dataset) : await ofSnapshot(dataset, { topology, signal, onProgress });
    const { database, warnings, roles = [] } = restored;
    return {
      ...{ ...identities, database, warnings, roles },
      start: ({ side, ...run }) =>
        startComposeCluster({
          ...{ content, database, nodes: nodesOf(topology, side), settings: topology.settings },
          ...run,
        }),
    };
  },
} as const satisfies ClusterProvider;

/** What servers are filled with, and what is then in them. */
interface Source extends Pick<PreparedData, 'snapshotSha256' | 'globalsSha256'> {
  content: Content;
  restored: Filled;
}

function ofMade(dataset: MadeDataset): Source {
  const fill = (connect: Connect) => loadMade(connect, dataset);
  return {
    content: { appIsSuperuser: false, fill },
    restored: { database: dataset.database, warnings: [] },
    ...{ snapshotSha256: null, globalsSha256: null },
  };
}

/** Each run restores the dump anew. What that brings is known once it has been done, and then remembered. */
async function ofSnapshot(
  dataset: SnapshotDataset,
  { topology, signal, onProgress }: Parameters<ClusterProvider['prepare']>[1],
): Promise<Source> {
  const { path } = dataset;
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new BenchError(
      'CLUSTER_REFUSES',
      `The data directory ${path} is another build's of PostgreSQL than the image's: give a dump that pg_dump wrote, or replay it with --cluster embedded.`,
    );
  }
  const snapshot = await openSnapshot({ ...dataset, signal, onProgress });
  const { sha256, globalsSha256, key } = snapshot;
  const content: Content = {
    ...snapshot,
    fill: (connect, filling) => explained(snapshot, signal, () => snapshot.fill(connect, filling)),
  };
  const { postgresVersion, settings } = topology;
  const identity = JSON.stringify([key, postgresVersion]);
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  const home = join(cacheFolder('templates'), `restored-${hash}`);
  await makeOnce(home, async (draft) => {
    onProgress?.('restoring it once, to see what it brings');
    let restored: Filled | undefined;
    await using _cluster = await startComposeCluster({
      ...{ content, database: 'template1', settings, signal, runId: `restoring-${hash}` },
      nodes: nodesOf(topology, 'baseline'),
      onFilled(filled) {
        restored = filled;
      },
    });
    mkdirSync(draft);
    writeFileSync(join(draft, 'restored.json'), JSON.stringify(restored, null, 2));
  });
  const restored = JSON.parse(readFileSync(join(home, 'restored.json'), 'utf8')) as Filled;
  return { content, restored, snapshotSha256: sha256, globalsSha256 };
}

/** Debian's packages put the programs where no PATH leads. */
const POSTGRES_VERSION = 'PATH="$PATH:$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)" postgres --version';
