import { expect, it } from 'vitest';
import { asBenchError } from '../../src/cli/explain.js';
import { BenchError } from '../../src/machine/errors.js';

const sentence = new BenchError('NO_RUN', 'Something is wrong: mend it.', { exitCode: 3 });

it('what is a sentence already stays one, and whatever else is thrown becomes one', () => {
  expect(asBenchError(sentence)).toBe(sentence);
  expect(asBenchError(Object.assign(new Error('EMFILE'), { code: 'EMFILE' }))).toMatchObject({
    code: 'TOO_MANY_FILES',
    exitCode: 4,
  });
  for (const odd of [new Error('odd'), 'odd', undefined, null, 7]) {
    expect(asBenchError(odd)).toMatchObject({ code: 'UNEXPECTED', exitCode: 4 });
  }
});

it('what went wrong first is said, not what went wrong while it was tidied up', () => {
  const suppressing = Object.assign(new Error('An error was suppressed during disposal.'), {
    name: 'SuppressedError',
    error: new Error('rm failed'),
    suppressed: sentence,
  });
  expect(asBenchError(suppressing)).toBe(sentence);
  expect(asBenchError(new AggregateError([sentence, new Error('again')]))).toBe(sentence);
});
