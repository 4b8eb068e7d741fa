import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { WRITTEN } from '../../src/cli/schema.js';
import { packageRoot } from '../../src/machine/entry.js';

/** What is in a value that its JSON Schema in schema/ doesn't allow, in words. */
export function flawsOf(value: unknown, name: (typeof WRITTEN)[number]): string[] {
  const schema = JSON.parse(readFileSync(join(packageRoot, 'schema', `${name}.json`), 'utf8'));
  const draft = schema.$schema.includes('draft-07') ? Ajv : Ajv2020;
  const validate = new draft({ strictRequired: false, allowUnionTypes: true, allErrors: true }).compile(
    schema,
  );
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
