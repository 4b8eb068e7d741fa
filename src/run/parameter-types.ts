import type { Client } from 'pg';
import { type ConnectionConfig, type Node, type PreparedData, withClient } from '../cluster/index.js';
import type { ParameterOids } from '../load/index.js';
import { BenchError, formatCount, sumOf } from '../machine/pure.js';
import { loadParser, normalizeSql } from '../router/sql/index.js';
import {
  DatabaseTypes,
  findTypes,
  INFERRED,
  type ParameterizedShape,
  type ParameterTypes,
  readTypes,
  surveyShapes,
  TYPES_SCHEMA,
  type TypesKey,
  typesFileOf,
  writeTypes,
} from '../workload/parameter-types/index.js';
import type { RunContext } from './progress.js';
import { type Cast, playerOf } from './roles.js';
import type { Capture } from './workload.js';

/**
 * The types that a captured trace's parameters have in its data: from the file beside the trace, or else found on a server
 * that is started for that, and written there.
 * @param cast who its sessions are played as
 * @throws BenchError as readTypes, or as the server's start
 */
export async function parameterTypes(
  { file: traceFile, sha256: traceSha256 }: Capture,
  data: PreparedData,
  cast: Cast,
  context: RunContext,
): Promise<ParameterTypes> {
  const { database, snapshotSha256, globalsSha256 } = data;
  const key: TypesKey = { traceSha256, snapshotSha256, globalsSha256, database };
  const file = typesFileOf(traceFile);
  const known = await readTypes(file, key);
  if (known) return known;
  const found = await ask(traceFile, data, cast, context);
  const types: ParameterTypes = { schema: TYPES_SCHEMA, ...key, ...found };
  // In a folder that can't be written to they are found anew each time, and are the same.
  await writeTypes(file, types).catch(() => {});
  return types;
}

/** What a server said. */
type Found = Pick<ParameterTypes, 'shapes' | 'untold'>;

async function ask(
  traceFile: string,
  data: PreparedData,
  cast: Cast,
  { id, signal, onProgress }: RunContext,
): Promise<Found> {
  const roleOf = (user: string) => playerOf(cast, user);
  await loadParser();
  const shapes = await surveyShapes(traceFile, { roleOf });
  if (shapes.length === 0) return { shapes: [], untold: [] };
  onProgress({ phase: 'finding the types of parameters', etaS: null });
  await using cluster = await data.start({ side: 'baseline', runId: `${id}-types`, signal });
  await cluster.primary.enforceBudget(false);
  const askAll = (about: ParameterizedShape[]) => askByRole(about, cluster.primary.app, signal);
  const asWhole = await askAll(shapes);
  if (asWhole.untold.length === 0) return asWhole;
  // One text may have had parameters of several types: no type fits all of its values, but one may fit those alike.
  const only = new Set(asWhole.untold.map(({ shape }) => shape));
  const known = asWhole.shapes.filter(({ shape }) => !only.has(shape));
  const apart = await askAll(await surveyShapes(traceFile, { roleOf, only }));
  return { shapes: [...known, ...apart.shapes], untold: apart.untold };
}

async function askByRole(
  shapes: ParameterizedShape[],
  app: ConnectionConfig,
  signal: AbortSignal,
): Promise<Found> {
  const found: Found = { shapes: [], untold: [] };
  for (const role of new Set(shapes.map((shape) => shape.role))) {
    // A name means what it does to the role that says it: by its search_path, and its session's.
    const ofRole = shapes.filter((shape) => shape.role === role);
    const { shapes: told, untold } = await withClient(role === '' ? app : { ...app, user: role }, (client) =>
      askAbout(ofRole, client, signal),
    );
    found.shapes.push(...told);
    found.untold.push(...untold);
  }
  return found;
}

async function askAbout(asked: ParameterizedShape[], client: Client, signal: AbortSignal): Promise<Found> {
  const database = await DatabaseTypes.of(client);
  const found: Found = { shapes: [], untold: [] };
  let set: ParameterizedShape['searchPath'];
  for (const parameterized of asked) {
    signal.throwIfAborted();
    const { shape, role, likeness, text, statements, searchPath } = parameterized;
    if (searchPath !== set) {
      await client.query('RESET search_path');
      // What the server refuses now it had taken when it was captured: names then mean what they mean to the role.
      if (searchPath) await client.query({ ...searchPath }).catch(() => {});
      set = searchPath;
    }
    const { types, error } = await findTypes(client, database, parameterized);
    if (error) {
      found.untold.push({
        ...{ shape, statements, example: normalizeSql(text) },
        ...{ code: error.code!, message: error.message },
      });
    } else if (types.some((oid) => oid !== INFERRED)) {
      found.shapes.push({ shape, role, likeness, types: types.map((oid) => database.nameOf(oid) ?? null) });
    }
  }
  return found;
}

/** What a reader should know before he waits for a run: which statements will fail, and of what. */
export function warningOfUntold({ untold }: ParameterTypes): string[] {
  const [first] = untold;
  if (!first) return [];
  const statements = sumOf(untold, (shape) => shape.statements);
  const have = statements === 1 ? '1 statement has' : `${formatCount(statements)} statements have`;
  const shapes = untold.length === 1 ? 'one shape' : `${formatCount(untold.length)} shapes`;
  return [
    `${have} parameters whose types can't be told and will fail (${shapes}), as ${first.code} (${first.message}) in ` +
      `"${first.example.slice(0, MAX_EXAMPLE_LENGTH)}": types can be named by hand in the file beside the trace.`,
  ];
}

/** Of a statement in a sentence. */
const MAX_EXAMPLE_LENGTH = 200;

/**
 * The same types as a running server's OIDs.
 * @throws BenchError TYPES_INVALID where the database has none of such a name
 */
export async function oidsOn({ app }: Node, { shapes }: ParameterTypes): Promise<ParameterOids> {
  if (shapes.length === 0) return [];
  const database = await withClient(app, DatabaseTypes.of);
  const oidOf = (name: string) => {
    const oid = database.oidOf(name);
    if (oid !== undefined) return oid;
    throw new BenchError(
      'TYPES_INVALID',
      `The file of parameter types beside the trace names a type "${name}", which the database doesn't have: correct it, or delete the file to have the types found again.`,
    );
  };
  return shapes.map(({ shape, role, likeness, types }) => ({
    ...{ shape, role, likeness },
    oids: types.map((name) => (name === null ? INFERRED : oidOf(name))),
  }));
}
