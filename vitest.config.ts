import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/postgres-server.ts',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // More than CI has processors: half of a test's time is waiting for servers that it starts, kills and starts again.
    maxWorkers: 3,
  },
})
