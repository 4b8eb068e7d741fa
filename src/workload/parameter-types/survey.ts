import { LRUCache } from 'lru-cache';
import { shapeOf } from '../../router/sql/index.js';
import { readTrace } from '../trace-file.js';
import { likenessOf, ValueTypes } from './value-types.js';

/** Statements of a trace that differ in their literals only, and have parameters. */
export interface ParameterizedShape {
  shape: string;
  /** What their values look like, where it is only such statements of the shape. */
  likeness?: string[];
  /** One of them, and the user that its session was logged as; '' if that isn't known. */
  text: string;
  user: string;
  /** How many there are. */
  statements: number;
  /** The values of some. */
  samples: (string | null)[][];
  /** By all values of each parameter. */
  valueTypes: ValueTypes[];
}

/** One may have been captured with values that the server refused then as it will now. */
const SAMPLES = 3;
/** Longer texts are not kept for being met again. */
const MAX_CACHED_TEXT = 2000;

/**
 * Reads a trace once for the shapes of its statements with parameters, in the order of their first. Throws as `readTrace`.
 * @param only looks at these alone, and tells statements apart whose values look different
 */
export async function surveyShapes(
  traceFile: string,
  only?: ReadonlySet<string>,
): Promise<ParameterizedShape[]> {
  const shapes = new Map<string, ParameterizedShape>();
  const byText = new LRUCache<string, string>({ max: 5000 });
  const users = new Map<number, string>();
  const { events } = await readTrace(traceFile);
  for await (const event of events) {
    if (!('sql' in event)) continue;
    if (event.user !== undefined) users.set(event.session, event.user);
    if (!event.sql.values?.length) continue;
    const { text, values } = event.sql;
    let shape = byText.get(text);
    if (shape === undefined) {
      shape = shapeOf(text);
      if (text.length <= MAX_CACHED_TEXT) byText.set(text, shape);
    }
    if (only && !only.has(shape)) continue;
    const likeness = only && likenessOf(values);
    const key = likeness ? `${likeness} ${shape}` : shape;
    let found = shapes.get(key);
    if (!found) {
      const user = users.get(event.session) ?? '';
      found = { shape, likeness, text, user, statements: 0, samples: [], valueTypes: [] };
      shapes.set(key, found);
    }
    found.statements++;
    if (found.samples.length < SAMPLES) found.samples.push(values);
    for (const [index, value] of values.entries()) {
      found.valueTypes[index] ??= new ValueTypes();
      found.valueTypes[index].see(value);
    }
  }
  return [...shapes.values()];
}
