import { expect, test } from 'vitest';
import { requireCapability } from '../../src/cluster/cluster.js';

test('what servers don’t allow is said in one sentence, and what they do is done', () => {
  const none = { resettable: false, superuser: false, writes: false, schemas: false, statements: false };
  const cluster = { capabilities: { ...none, cpu: true } };
  requireCapability(cluster, 'cpu', 'The search for a rate');
  expect(() => requireCapability(cluster, 'superuser', 'The self-check')).toThrow(
    'The self-check needs servers on which it is a superuser: choose such with --cluster.',
  );
});
