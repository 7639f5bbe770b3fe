import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Short files that run for minutes, because they install and start other people's programs. */
const LONG = [
  'test/clients/python-ray.test.ts',
  'test/clients/python.test.ts',
  'test/optimizers/conformance.test.ts',
]

/** Where no run has measured durations, vitest begins with the largest files; what runs long at the end runs alone. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => LONG.some((file) => moduleId.endsWith(file))
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/postgres-server.ts',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // More than CI has processors: half of a test's time is waiting for servers that it starts, kills and starts again.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
  },
})
