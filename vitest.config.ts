import { defineConfig } from 'vitest/config'

/** The whole product through its doors and in a browser, in every combination: minutes on two cores. The invariants aside. */
const SCENARIOS = ['test/e2e/**/!(invariants*).test.ts', 'test/console/**/*.test.ts', 'test/chaos/**/*.test.ts']

export default defineConfig({
  test: {
    maxWorkers: 2, // the default on two cores is one, and most files wait for disks and processes half of the time
    testTimeout: 30_000,
    hookTimeout: 60_000,
    env: { NO_COLOR: '1' }, // picocolors colours whatever runs under CI=true: tests read words
    projects: [
      { extends: true, test: { name: 'rooms', include: ['{src,test}/**/*.test.ts'], exclude: SCENARIOS } },
      { extends: true, test: { name: 'scenarios', include: SCENARIOS } },
    ],
  },
})
