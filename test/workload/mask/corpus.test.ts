import { beforeAll, expect, it } from 'vitest';
import {
  assumeReadOnlyCatalog,
  classify,
  loadParser,
  parseStatements,
} from '../../../src/router/sql/index.js';
import { MaskLosses, StatementMask } from '../../../src/workload/mask/mask.js';
import { MASK_KINDS } from '../../../src/workload/mask/values.js';
import { CONSERVATIVE, SAFE, UNKNOWN, UNSAFE, WRONG } from '../../router/sql/corpus.js';

beforeAll(loadParser);

const judged = [
  ...UNSAFE,
  ...[...WRONG, ...UNKNOWN, ...CONSERVATIVE].flatMap(({ statements }) => statements),
];
const corpus = [...SAFE, ...judged.map(([sql]) => sql)];

it.each(MASK_KINDS)('a masked statement is what it was to the router (%s)', (kinds) => {
  const mask = new StatementMask({ key: 'a key that only the test has', kinds });
  for (const text of corpus) {
    const masked = mask.of({ text, values: undefined }, new MaskLosses()).text;
    if (parseStatements(text) === undefined) expect(parseStatements(masked), text).toBeUndefined();
    else
      expect(classify(masked, assumeReadOnlyCatalog), masked).toEqual(classify(text, assumeReadOnlyCatalog));
  }
});
