import { LRUCache } from 'lru-cache';
import { shapeOf } from '../../router/sql/index.js';
import type { SqlEvent } from '../trace.js';
import { readTrace } from '../trace-file.js';
import { SearchPaths } from './search-paths.js';
import { likenessOf, ValueTypes } from './value-types.js';

/** Statements of a trace that differ in their literals only, and have parameters. */
export interface ParameterizedShape {
  shape: string;
  /** The role that its statements are played as; '' is the bench's own. One may find other tables than another. */
  role: string;
  /** What their values look like, where it is only such statements of the shape. */
  likeness?: string[];
  /** One of them. */
  text: string;
  /** What had set its session's search_path, if the session had. */
  searchPath?: SqlEvent['sql'];
  /** How many there are. */
  statements: number;
  /** The values of some. */
  samples: (string | null)[][];
  /** By all values of each parameter. */
  valueTypes: ValueTypes[];
}

/** One may have been captured with values that the server refused then as it will now. */
const SAMPLES = 3;
/** The class of SQLSTATEs that say that a value isn't one of its type. */
const DATA_EXCEPTION = '22';
/** Longer texts are not kept for being met again. */
const MAX_CACHED_TEXT = 2000;

/**
 * Reads a trace once for the shapes of its statements with parameters, in the order of their first. The parser must be loaded.
 * Throws as `readTrace`.
 * @param about.roleOf the role that a user's sessions are played as; by default the bench's own
 * @param about.only looks at these shapes alone, and tells statements apart whose values look different
 */
export async function surveyShapes(
  traceFile: string,
  { roleOf = () => '', only }: { roleOf?: (user: string) => string; only?: ReadonlySet<string> } = {},
): Promise<ParameterizedShape[]> {
  const roleOfSession = new Map<number, string>();
  const shapes = new Map<string, ParameterizedShape>();
  const byText = new LRUCache<string, string>({ max: 5000 });
  const searchPaths = new SearchPaths();
  const { events } = await readTrace(traceFile);
  for await (const event of events) {
    if (!('sql' in event)) continue;
    if (event.user !== undefined) roleOfSession.set(event.session, roleOf(event.user));
    searchPaths.follow(event);
    if (!event.sql.values?.length) continue;
    const { text, values } = event.sql;
    let shape = byText.get(text);
    if (shape === undefined) {
      shape = shapeOf(text);
      if (text.length <= MAX_CACHED_TEXT) byText.set(text, shape);
    }
    if (only && !only.has(shape)) continue;
    const likeness = only && likenessOf(values);
    const role = roleOfSession.get(event.session) ?? '';
    const key = JSON.stringify([role, likeness, shape]);
    let found = shapes.get(key);
    if (!found) {
      const searchPath = searchPaths.of(event.session);
      found = { shape, role, likeness, text, searchPath, statements: 0, samples: [], valueTypes: [] };
      shapes.set(key, found);
    }
    found.statements++;
    if (found.samples.length < SAMPLES) found.samples.push(values);
    // What the server refused when it was captured is no value of the parameter's type.
    const isRefused = event.failed?.startsWith(DATA_EXCEPTION);
    for (const [index, value] of values.entries()) {
      found.valueTypes[index] ??= new ValueTypes();
      if (!isRefused) found.valueTypes[index].see(value);
    }
  }
  return [...shapes.values()];
}
