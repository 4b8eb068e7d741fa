import { CITIES, type InputName, type Operation, routeOf } from '../workload/smartmenu/index.js';

const id = { type: 'integer', minimum: 1, maximum: 2 ** 31 - 1 };

/** JSON schema of each input. */
const SCHEMAS: Record<InputName, object> = {
  restaurant: id,
  customer: id,
  item: id,
  number: id,
  lines: {
    type: 'array',
    minItems: 1,
    maxItems: 50,
    items: {
      type: 'object',
      required: ['item', 'quantity'],
      properties: { item: id, quantity: { type: 'integer', minimum: 1, maximum: 99 } },
    },
  },
  ref: { type: 'string', pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' },
  city: { enum: CITIES },
  q: { type: 'string', minLength: 1, maxLength: 100, pattern: '^[^\\u0000]*$' },
  days: { type: 'integer', minimum: 1, maximum: 90 },
  channel: { enum: ['table', 'pickup'] },
  method: { enum: ['card', 'cash', 'wallet'] },
  status: { enum: ['preparing', 'ready', 'served'] },
  price: { type: 'integer', minimum: 1, maximum: 1_000_000 },
};

/** Where an operation's inputs come in its request, as the schemas that fastify checks them by. */
export function inputSchemas(operation: Operation): Record<string, object> {
  const { method, path } = routeOf(operation);
  const inPath = operation.inputs.filter((name) => path.includes(`:${name}`));
  const others = operation.inputs.filter((name) => !inPath.includes(name));
  const object = (required: string[]) => ({
    type: 'object',
    required,
    properties: Object.fromEntries(required.map((name) => [name, SCHEMAS[name as InputName]])),
  });
  return {
    ...(inPath.length > 0 && { params: object(inPath) }),
    ...(others.length > 0 && { [method === 'GET' ? 'querystring' : 'body']: object(others) }),
  };
}

/** The values of an operation's parameters, in the order of $1, $2... */
export function parameterValues(
  { inputs }: Operation,
  request: Record<'params' | 'query' | 'body', unknown>,
): unknown[] {
  const given: Record<string, unknown> = Object.assign({}, request.body, request.query, request.params);
  return inputs.map((name) => (name === 'lines' ? JSON.stringify(given[name]) : given[name]));
}
