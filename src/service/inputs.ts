import { CITIES, type InputKind, type Operation } from '../workload/smartmenu/index.js';

const id = { type: 'integer', minimum: 1, maximum: 2 ** 31 - 1 };

/** JSON schema of each kind of input. */
const SCHEMAS: Record<InputKind, object> = {
  id,
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
  query: { type: 'string', minLength: 1, maxLength: 100, pattern: '^[^\\u0000]*$' },
  days: { type: 'integer', minimum: 1, maximum: 90 },
  channel: { enum: ['table', 'pickup'] },
  method: { enum: ['card', 'cash', 'wallet'] },
  status: { enum: ['preparing', 'ready', 'served'] },
  cents: { type: 'integer', minimum: 1, maximum: 1_000_000 },
};

/** Where an operation's inputs come in its request, as the schemas that fastify checks them by. */
export function inputSchemas({ inputs, path, method }: Operation): Record<string, object> {
  const names = Object.keys(inputs);
  const inPath = names.filter((name) => path.includes(`:${name}`));
  const others = names.filter((name) => !inPath.includes(name));
  const object = (required: string[]) => ({
    type: 'object',
    required,
    properties: Object.fromEntries(required.map((name) => [name, SCHEMAS[inputs[name]!]])),
  });
  return {
    ...(inPath.length > 0 && { params: object(inPath) }),
    ...(others.length > 0 && { [method === 'GET' ? 'querystring' : 'body']: object(others) }),
  };
}

type Inputs = Record<string, unknown>;

/** The values of an operation's parameters, in the order of $1, $2... */
export function parameterValues({ inputs }: Operation) {
  const names = Object.keys(inputs);
  return (request: { params: unknown; query: unknown; body: unknown }): unknown[] =>
    names.map((name) => {
      const value =
        (request.params as Inputs)[name] ??
        (request.query as Inputs)[name] ??
        (request.body as Inputs | undefined)?.[name];
      return inputs[name] === 'lines' ? JSON.stringify(value) : value;
    });
}
