import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Whole commands take minutes: begun last, one of them would be waited for while the other core has nothing to do. Files that share
 * a process come one after the other, or it would be ended in between.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification) =>
      moduleId.includes('/e2e/') ? 0 : project.config.isolate ? 1 : 2;
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

/** Rooms whose tests change nothing of the process that they run in: their files need none each. */
const TOGETHER = ['record', 'report', 'schema', 'score'].map((room) => `test/${room}/**/*.test.ts`);

const common = {
  setupFiles: ['test/warnings.ts'],
  testTimeout: 60_000,
  hookTimeout: 180_000,
  // What is waited for comes late where others use the machine.
  expect: { poll: { timeout: 10_000 } },
};

export default defineConfig({
  test: {
    globalSetup: ['test/global-setup.ts'],
    sequence: { sequencer: LongestFirst },
    // Tests start real servers, and wait for most of the time: two cores carry three files at a time. With four, some are late.
    maxWorkers: 3,
    projects: [
      { test: { ...common, name: 'alone', include: ['test/**/*.test.ts'], exclude: TOGETHER } },
      { test: { ...common, name: 'together', include: TOGETHER, isolate: false } },
    ],
  },
});
