import { LRUCache } from 'lru-cache';
import type { QueryConfig } from 'pg';
import { shapeOf } from '../../router/sql/index.js';
import type { SqlEvent } from '../../workload/index.js';
import { likenessOf } from '../../workload/parameter-types/index.js';
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
  /** By shape, and by what the values look like; '' where that is all the same. */
  readonly #byShape = new Map<string, Map<string, QueryTypes>>();
  readonly #byText = new LRUCache<string, Map<string, QueryTypes>>({ max: 5000 });

  constructor(parameterOids: ParameterOids) {
    for (const { shape, likeness = [], oids } of parameterOids) {
      const byLikeness = this.#byShape.get(shape) ?? new Map<string, QueryTypes>();
      this.#byShape.set(shape, byLikeness.set(likeness.join(), queryTypes(oids)));
    }
  }

  /** All parameters of the others are the server's to infer. */
  typed({ text, values }: SqlEvent['sql']): QueryConfig {
    const types = values?.length && this.#byShape.size > 0 ? this.#typesOf(text, values) : INFERRED;
    return new TypedQuery({ text, values, types });
  }

  #typesOf(text: string, values: (string | null)[]): QueryTypes {
    let byLikeness = this.#byText.get(text);
    if (byLikeness === undefined) {
      byLikeness = this.#byShape.get(shapeOf(text)) ?? NONE;
      this.#byText.set(text, byLikeness);
    }
    if (byLikeness === NONE) return INFERRED;
    return byLikeness.get('') ?? byLikeness.get(likenessOf(values).join()) ?? INFERRED;
  }
}

const NONE: Map<string, QueryTypes> = new Map();

/** A query whose rows come as arrays. `pg` copies what it is given property by property, so there is but one. */
class TypedQuery {
  constructor(readonly query: Pick<QueryConfig, 'text' | 'values'> & { types: QueryTypes }) {}

  get rowMode(): 'array' {
    return 'array';
  }

  get text(): string {
    return this.query.text;
  }

  get values(): QueryConfig['values'] {
    return this.query.values;
  }

  get types(): QueryTypes {
    return this.query.types;
  }
}
