import { defineConfig } from 'vitest/config'

/**
 * Minutes on two cores, so apart from what runs at every change: the whole product through its doors and in a browser, its commands as
 * processes, the stores with their upgrades, and rooms that are killed, torn or set against a model. The invariants are not among them.
 */
const SCENARIOS = [
  'test/e2e/**/!(invariants*).test.ts',
  'test/{console,chaos,controls,ledger}/**/*.test.ts',
  'src/{cli,db}/**/*.test.ts',
  '{src,test}/**/*{.model,.slow,crash}.test.ts',
]

/** Most of a minute each and more, of rooms whose own tests run at every change: SAFELEVEL_TEST_SHORT=1 leaves them out. */
const LONG = [
  'src/cli/{redteam-eval,eval-run}.test.ts',
  'src/db/migrations/0015-decision-days.test.ts',
  'test/console/{insider-pages,models,queue,weights-pages}.test.ts',
  'test/clients/weights.slow.test.ts',
  'test/vault/served-model.slow.test.ts',
  'test/e2e/{backup,backup-shared,demo.slow,reproduction-kill,standing-kill}.test.ts',
  'test/ledger/shared-chaos.test.ts',
  'test/offline/**',
]
const LEFT_OUT = process.env.SAFELEVEL_TEST_SHORT === '1' ? LONG : []

/** Processes, browsers and clocks on a busy machine: what fails twice in a row is a defect, and what needed a second try is reported. */
const RETRY = 1

export default defineConfig({
  test: {
    maxWorkers: 2, // the default on two cores is one, and most files wait for disks and processes half of the time
    testTimeout: 30_000,
    hookTimeout: 60_000,
    setupFiles: ['test/support/property-seed.ts'],
    env: { NO_COLOR: '1' }, // picocolors colours whatever runs under CI=true: tests read words
    projects: [
      // modules are loaded once for all files of a worker: a fifth of the time of many short files
      {
        extends: true,
        test: { name: 'rooms', include: ['{src,test}/**/*.test.ts'], exclude: SCENARIOS, isolate: false },
      },
      { extends: true, test: { name: 'scenarios', include: SCENARIOS, exclude: LEFT_OUT, retry: RETRY } },
    ],
  },
})
