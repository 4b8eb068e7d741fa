import { LRUCache } from 'lru-cache';
import type { QueryConfig } from 'pg';
import { shapeOf } from '../../router/sql/index.js';
import type { SqlEvent } from '../../workload/index.js';
import type { ParameterOids } from '../driver.js';

/**
 * `pg` asks one object for two things: how to read the values of a result, and (where it is a list) which types the server
 * is told that the parameters have. Values of results are left as they come.
 */
type QueryTypes = number[] & { getTypeParser(): (value: unknown) => unknown };

function queryTypes(oids: number[]): QueryTypes {
  return Object.assign([...oids], { getTypeParser: () => (value: unknown) => value });
}

const INFERRED = queryTypes([]);

/** Statements as queries of `pg`, with the types of their parameters where the server has to be told them. */
export class StatementTypes {
  readonly #byShape: Map<string, QueryTypes>;
  readonly #byText = new LRUCache<string, QueryTypes>({ max: 5000 });

  constructor(oids: ParameterOids) {
    this.#byShape = new Map(Object.entries(oids).map(([shape, types]) => [shape, queryTypes(types)]));
  }

  /** All parameters of the others are the server's to infer. */
  typed({ text, values }: SqlEvent['sql']): QueryConfig {
    const types = values?.length && this.#byShape.size > 0 ? this.#typesOf(text) : INFERRED;
    return { text, values, rowMode: 'array', types } as QueryConfig;
  }

  #typesOf(text: string): QueryTypes {
    let types = this.#byText.get(text);
    if (types === undefined) {
      types = this.#byShape.get(shapeOf(text)) ?? INFERRED;
      this.#byText.set(text, types);
    }
    return types;
  }
}
