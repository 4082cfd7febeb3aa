import { App } from '../app.ts'
import { type Config, loadConfig, type Secrets } from '../base/config.ts'
import type { Log } from '../base/log.ts'
import type { StartedStore } from '../db/index.ts'
import { startServer } from '../http/index.ts'
import type { OpenClassifier } from '../screening/index.ts'
import { buildConsole } from './console-build.ts'
import { removeServerFile, writeServerFile } from './operator-client.ts'
import { readyBlock } from './ready-block.ts'

export interface Serving {
  readonly config: Config
  readonly secrets: Secrets
  readonly log: Log
  readonly store: StartedStore
  /** On its way; undefined = it is opened with the rest. */
  readonly classifier: Promise<OpenClassifier> | undefined
  readonly json: boolean
}

/** Both planes, until SIGINT or SIGTERM. */
export async function serveUntilStopped({ config, secrets, log, store, classifier, json }: Serving): Promise<void> {
  const stopped = stopSignal(log)
  const consoleBuilt = buildConsole(log)
  await using app = await App.open({ config, secrets, log, store, classifier, reread: () => loadConfig() })
  await app.start()
  const server = await startServer(app)
  await consoleBuilt
  const { publicUrl, controlUrl, consoleUrl } = server
  const key = await app.accounts.ensureFirstKey()
  const setup = await app.staff.enrolment.issueSetup()
  const certFile = config.tls.control?.certFile
  writeServerFile(config.dataDir, { control: controlUrl, public: publicUrl, pid: process.pid, certFile })
  try {
    if (json) console.log(JSON.stringify({ ready: true, public: publicUrl, control: controlUrl, key }))
    else console.log(readyBlock(app, { publicUrl, consoleUrl, key, setupToken: setup?.token ?? null }))
    // Takes a core for a moment, which the first answer need not wait for.
    app.insider.start()
    app.controls.start()
    process.on('SIGHUP', () => void app.operations.reloadBySignal())
    log.info({ publicUrl, controlUrl }, 'ready')
    await stopped
    log.info('stopping: running requests may end')
    await app.drain()
  } finally {
    removeServerFile(config.dataDir)
    await server[Symbol.asyncDispose]()
  }
}

/** Resolves at the first signal to stop; a second one ends the process at once, which loses nothing that was acknowledged. */
function stopSignal(log: Log): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    const stop = () => {
      if (asked) process.exit(130)
      asked = true
      resolve()
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
    process.on('unhandledRejection', (error) => log.error({ err: error }, 'a failure was not handled'))
  })
}
