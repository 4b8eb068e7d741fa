import { LRUCache } from 'lru-cache';
import { shapeOf } from '../../router/sql/index.js';
import { readTrace } from '../trace-file.js';
import { ValueTypes } from './value-types.js';

/** Statements of a trace that differ in their literals only, and have parameters. */
export interface ParameterizedShape {
  shape: string;
  /** One of them. */
  text: string;
  /** How many there are. */
  statements: number;
  /** The values of some. */
  samples: (string | null)[][];
  /** By all values of each parameter. */
  valueTypes: ValueTypes[];
}

/** One may have been captured with values that the server refused then as it will now. */
const SAMPLES = 3;
/** A value that is longer tells no more than that it is text, or JSON. */
const MAX_CACHED_TEXT = 2000;

/**
 * Reads a trace once for the shapes of its statements with parameters, in the order of their first. Throws as `readTrace`.
 */
export async function surveyShapes(traceFile: string): Promise<ParameterizedShape[]> {
  const shapes = new Map<string, ParameterizedShape>();
  const byText = new LRUCache<string, ParameterizedShape>({ max: 5000 });
  const { events } = await readTrace(traceFile);
  for await (const event of events) {
    if (!('sql' in event) || !event.sql.values?.length) continue;
    const { text, values } = event.sql;
    let found = byText.get(text);
    if (!found) {
      const shape = shapeOf(text);
      found = shapes.get(shape) ?? { shape, text, statements: 0, samples: [], valueTypes: [] };
      shapes.set(shape, found);
      if (text.length <= MAX_CACHED_TEXT) byText.set(text, found);
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
