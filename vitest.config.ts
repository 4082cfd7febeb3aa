import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    maxWorkers: 2, // the default on two cores is one, and most files wait for disks and processes half of the time
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
