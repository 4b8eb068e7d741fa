import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParameterReader, parseParameters } from '../../../src/workload/capture/parameters.js';

const value = fc.option(
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom("'", ',', '\n', '$', '1', ' ', '=', '.', '"', '\\', 'é', '😀') }),
    fc.constantFrom('NULL', "', $2 = 'x", "it's", '', '...'),
  ),
  { nil: null },
);

function logged(values: (string | null)[]): string {
  return values
    .map((v, i) => `$${i + 1} = ${v === null ? 'NULL' : `'${v.replaceAll("'", "''")}'`}`)
    .join(', ');
}

describe('logged parameters', () => {
  it('come back as they were, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 8 }), (values) => {
        expect(parseParameters(`parameters: ${logged(values)}`)?.values).toEqual(values);
        expect(parseParameters(`Parameters: ${logged(values)}`)?.values).toEqual(values);
        const context = `unnamed portal with parameters: ${logged(values)}\nPL/pgSQL function f() line 1`;
        expect(parseParameters(context)?.values).toEqual(values);
      }),
      { numRuns: 500 },
    );
  });

  it('are not read from anything else', () => {
    expect(parseParameters('')).toBeUndefined();
    expect(parseParameters('prepare: PREPARE p AS SELECT $1')).toBeUndefined();
    expect(parseParameters("parameters: $1 = 'open")).toBeUndefined();
    expect(parseParameters("parameters: $2 = 'second'")).toBeUndefined();
  });

  it('that the server cut short are told from values that end in dots', () => {
    const cut = "parameters: $1 = 'abcdefgh...'";
    expect(new ParameterReader().read(cut, 1)).toEqual({ skip: 'cutParameters' });
    const reader = new ParameterReader();
    reader.read("parameters: $1 = 'a whole value that is longer'", 1);
    expect(reader.read(cut, 1)).toEqual({ values: ['abcdefgh...'] });
  });

  it('that a value was refused for are NULL beside it', () => {
    const reader = new ParameterReader();
    const refused = "unnamed portal parameter $2 = 'it''s'";
    expect(reader.read(refused, 3)).toEqual({ values: [null, "it's", null] });
    expect(reader.read(refused.replace('unnamed portal', 'portal "p"'), 2)).toEqual({
      values: [null, "it's"],
    });
    expect(reader.read(refused, 1)).toEqual({ skip: 'noParameters' });
    expect(reader.read('unnamed portal parameter $2', 2)).toEqual({ skip: 'noParameters' });
    expect(reader.read("unnamed portal parameter $1 = '...'", 1)).toEqual({ skip: 'noParameters' });
  });

  it('that are missing make a statement with placeholders unreplayable', () => {
    expect(new ParameterReader().read('', 1)).toEqual({ skip: 'noParameters' });
    expect(new ParameterReader().read('', 0)).toEqual({});
    expect(new ParameterReader().read("parameters: $1 = 'x", 1)).toEqual({ skip: 'badParameters' });
  });
});
