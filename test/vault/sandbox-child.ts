import { systemIds } from '../../src/base/ids.ts'
import { runInSandbox } from '../../src/weights/sandbox/index.ts'

/**
 * A process that runs a sandbox and waits for its end, to be killed: `node sandbox-child.ts OUT_DIR SECONDS`. SIGTERM ends the run in order.
 * The command sleeps for that many seconds, which is also what it can be found by.
 */
const [outDir = '', seconds = ''] = process.argv.slice(2)
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort(new Error('stopped')))
const size = 4 * 1024 * 1024
try {
  await runInSandbox({
    command: ['/bin/sh', '-c', `echo left >/out/left; (setsid sleep ${seconds} &); echo running; sleep ${seconds}`],
    files: [
      {
        path: 'model.bin',
        sizeBytes: size,
        sha256: null,
        async *open() {
          yield Buffer.alloc(size, 1)
        },
      },
    ],
    readable: [],
    env: {},
    outDir,
    outLimitBytes: size,
    printLimitBytes: size,
    memoryLimitBytes: 64 * size,
    processLimit: 64,
    destination: null,
    allowSwap: true,
    stdin: null,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: stop.signal,
    ids: systemIds,
  })
  console.log('ended')
} catch (error) {
  console.log(`failed ${error instanceof Error ? error.message : ''}`)
}
