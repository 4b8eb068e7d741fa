import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { builtPath, cacheDir, lastLine, makeFolder, openRunDir, runTool } from '../../machine/index.js';
import { messageOf } from '../../machine/pure.js';
import type { PrepareOptions } from '../driver.js';
import { type K6, tryK6 } from './version.js';

/** The release that go.mod pins too. */
const PINNED_K6_VERSION = '2.2.0';

/** SHA-256 of the official release's archives, by Node's platform and architecture: from its checksums file. */
const RELEASES: Record<string, { archive: string; sha256: string }> = {
  'linux-x64': {
    archive: 'linux-amd64.tar.gz',
    sha256: 'b5a8003c86f35f5cd5ceef1490312c48e587696c94d998cefc6d7b3b4cb1597d',
  },
  'linux-arm64': {
    archive: 'linux-arm64.tar.gz',
    sha256: '4ecd64cadcc792402d16293836115480419c4447c032858f564852d98f1bf54c',
  },
  'darwin-x64': {
    archive: 'macos-amd64.zip',
    sha256: '45a08590511c8a6a9c6331645e60c41624924e848e29472e87c60ac956d50372',
  },
  'darwin-arm64': {
    archive: 'macos-arm64.zip',
    sha256: '37a028506bf13578de66c906296803775df28cc2504b1a8c5d786b2803e757c7',
  },
};

const CONNECT_TIMEOUT_MS = 10_000;
const DOWNLOAD_TIMEOUT_MS = 300_000;
/** For the first module to arrive: without a way to the module proxy the toolchain would try for minutes. */
const MODULE_TIMEOUT_MS = 60_000;
const BUILD_TIMEOUT_MS = 900_000;

/** Where an installed k6 lies, best first, and where it would have come from. */
export function cachedK6Paths(): Omit<K6, 'version'>[] {
  return [
    { path: buildPath(), source: 'built from source' },
    { path: releasePath(), source: 'official release' },
  ];
}

/**
 * Gets k6 into the cache: built by the Go toolchain from the committed module, else the official release, verified
 * by its SHA-256. Fails in words, never by throwing, but for the signal's own reason.
 */
export async function installK6(options: PrepareOptions): Promise<K6 | { lacking: string }> {
  const reasons: string[] = [];
  for (const install of [buildFromSource, downloadRelease]) {
    try {
      return await install(options);
    } catch (error) {
      options.signal.throwIfAborted();
      reasons.push(messageOf(error));
    }
  }
  return { lacking: reasons.join('; ') };
}

const moduleDir = builtPath('load/k6/build');

/** The module's text is in the path: one extension more in main.go is another k6. */
function buildPath(): string {
  const hash = createHash('sha256');
  for (const file of ['main.go', 'go.mod', 'go.sum']) hash.update(readFileSync(join(moduleDir, file)));
  return join(cacheDir(), 'k6', `built-${PINNED_K6_VERSION}-${hash.digest('hex').slice(0, 12)}`, 'k6');
}

function releasePath(): string {
  return join(cacheDir(), 'k6', `release-${PINNED_K6_VERSION}`, 'k6');
}

async function buildFromSource({ signal, onProgress }: PrepareOptions): Promise<K6> {
  return await intoPlace(buildPath(), 'built from source', async (unfinished, runId) => {
    const go = async (args: string[], timeoutMs: number): Promise<string> => {
      const { code, stdout, stderr } = await runTool('go', args, {
        cwd: moduleDir,
        env: { CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '-mod=readonly' },
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        runId,
      });
      if (code !== 0) throw new Error(lastLine(stderr));
      return stdout.trim();
    };
    const goVersion = await go(['env', 'GOVERSION'], 10_000).catch(() => null);
    if (!goVersion) throw new Error('no Go toolchain to build it with');
    onProgress?.(`Fetching the source of k6 ${PINNED_K6_VERSION}`);
    await go(['mod', 'download', 'go.k6.io/k6/v2'], MODULE_TIMEOUT_MS).catch((error) => {
      throw new Error(`its source can't be fetched by ${goVersion} (${reasonOf(error)})`);
    });
    onProgress?.(`Building k6 ${PINNED_K6_VERSION} (a minute or two, once)`);
    const flags = ['-buildvcs=false', '-trimpath', '-ldflags', '-s -w'];
    await go(['build', ...flags, '-o', unfinished, '.'], BUILD_TIMEOUT_MS).catch((error) => {
      throw new Error(`its build by ${goVersion} failed (${reasonOf(error)})`);
    });
  });
}

async function downloadRelease({ signal, onProgress }: PrepareOptions): Promise<K6> {
  const release = RELEASES[`${process.platform}-${process.arch}`];
  if (!release) throw new Error(`no official release is known for ${process.platform}-${process.arch}`);
  const folder = `k6-v${PINNED_K6_VERSION}-${release.archive.replace(/\.(tar\.gz|zip)$/, '')}`;
  const url = `https://github.com/grafana/k6/releases/download/v${PINNED_K6_VERSION}/k6-v${PINNED_K6_VERSION}-${release.archive}`;
  onProgress?.(`Downloading k6 ${PINNED_K6_VERSION}`);
  const archive = await download(url, signal);
  const sha256 = createHash('sha256').update(archive).digest('hex');
  if (sha256 !== release.sha256) {
    throw new Error(
      `the official release has SHA-256 ${sha256} in place of ${release.sha256}, so it was not used`,
    );
  }
  return await intoPlace(releasePath(), 'official release', async (unfinished, runId) => {
    const archivePath = `${unfinished}-${release.archive}`;
    await writeFile(archivePath, archive);
    // GNU tar reads .tar.gz, macOS's bsdtar .zip as well.
    const tar = ['-xf', archivePath, '-C', dirname(unfinished), `${folder}/k6`];
    const { code, stderr } = await runTool('tar', tar, { signal, runId });
    if (code !== 0) throw new Error(`the official release can't be unpacked (${lastLine(stderr)})`);
    await rename(join(dirname(unfinished), folder, 'k6'), unfinished);
  });
}

async function download(url: string, signal: AbortSignal): Promise<Buffer> {
  const dispatcher = new EnvHttpProxyAgent({ connect: { timeout: CONNECT_TIMEOUT_MS } });
  try {
    const response = await fetch(url, {
      dispatcher,
      signal: AbortSignal.any([signal, AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS)]),
    });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    throw new Error(`the official release can't be downloaded (${reasonOf(error)})`);
  } finally {
    void dispatcher.destroy();
  }
}

/**
 * Makes the binary aside, tries it, and moves it there in one step: what is in place is whole.
 * @param make is given the run for what it starts
 */
async function intoPlace(
  path: string,
  source: string,
  make: (unfinished: string, runId: string) => Promise<void>,
): Promise<K6> {
  const work = openRunDir(`making-k6-${randomBytes(4).toString('hex')}`);
  const unfinished = join(work.path, 'k6');
  try {
    await make(unfinished, work.id);
    await chmod(unfinished, 0o755);
    const k6 = await tryK6({ path: unfinished, source });
    if ('problem' in k6) throw new Error(`what was made is no k6 that will do: ${k6.problem}`);
    makeFolder(dirname(path));
    await rename(unfinished, path);
    return { ...k6, path };
  } finally {
    work.remove();
  }
}

function reasonOf(error: unknown): string {
  const { name, code, cause } = error as { name?: string; code?: string; cause?: unknown };
  if (name === 'TimeoutError') return 'it took too long';
  if (cause) return reasonOf(cause);
  return code ?? messageOf(error);
}
