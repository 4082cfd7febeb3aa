import { Command } from 'commander'
import { loadConfig } from '../base/config.ts'
import { createLog } from '../base/log.ts'
import { startStore } from '../db/index.ts'

/** `safelevel serve`: both planes in this process, until SIGINT or SIGTERM. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('start the gateway, the public pages and the control plane')
    .option('--json', 'print one line when ready: {"ready":true,"public":URL,"control":URL,"key":KEY|null}')
    .option('--verbose', 'log to the terminal too')
    .action(serve)
}

async function serve({ json = false, verbose = false }: { json?: boolean; verbose?: boolean }): Promise<void> {
  const { config, secrets } = loadConfig()
  // On a terminal a calm block says it all; where the output goes to a file or a collector, it is wanted as configured.
  const log = createLog(process.stderr.isTTY && !verbose && config.logLevel === 'info' ? 'warn' : config.logLevel)
  // On its way while the rest of the program loads: together they are most of the time of a start.
  const store = startStore({ config, secrets, log })
  // An installation that is not whole fails while it loads: what is on its way by then would keep the process.
  await using unclaimed = new AsyncDisposableStack()
  unclaimed.use(store.lock)
  unclaimed.defer(() => store.db.then((db) => db.close()).catch(() => {}))
  const { startConfigured } = await import('../screening/index.ts')
  const classifier = startConfigured(config.classifier, log)
  unclaimed.defer(() => classifier?.then((opened) => opened.close()).catch(() => {}))
  const { serveUntilStopped } = await import('./serving.ts')
  unclaimed.move()
  await serveUntilStopped({ config, secrets, log, store, classifier, json })
}
