import { Command } from 'commander'
import { importLedger, rotateLedgerKey } from '../app.ts'
import { loadConfig } from '../base/config.ts'
import { createLog } from '../base/log.ts'
import { count, print } from './ledger-words.ts'
import { progressBar } from './progress.ts'

/** `safelevel ledger rotate-key` */
export function rotateKeyCommand(): Command {
  return new Command('rotate-key')
    .description('give the log a new signing key; the old one’s last word leads every verifier to it')
    .option('--json', 'print one line of JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const { config, secrets } = loadConfig()
      const report = await rotateLedgerKey({ config, secrets, log: createLog('error') })
      const { origin, from, to, size } = report
      if (json) return print(JSON.stringify(report))
      print(`${origin} has a new key, from ${count(size)} on\nold  ${from}\nnew  ${to}`)
      print(
        'Who pinned the old key is led to the new one. Tell the new one to whom you told the old, and to witnesses.',
      )
      if (config.ledger.shared)
        print(
          'Replicas with a folder of keys of their own record, and publish again once they have the new ledger.key.',
        )
    })
}

/** `safelevel ledger import` */
export function importCommand(): Command {
  return new Command('import')
    .description(
      'carry the ledger in the data folder over into the one that replicas share; goes on where it was cut off',
    )
    .option('--json', 'print one line of JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const progress = progressBar('carrying over', process.stderr)
      try {
        const installation = { ...loadConfig(), log: createLog('error') }
        const report = await importLedger(installation, (entries, of) => progress.show(entries, of))
        progress.clear()
        const { origin, size, resumedAt, folder, place } = report
        if (json) return print(JSON.stringify(report))
        const resumed = resumedAt > 0 ? `, ${count(resumedAt)} of them by an earlier run` : ''
        print(`${origin}: ${count(size)} carried over${resumed}; public files in ${place}`)
        print(`The server may start now. ${folder} is no longer used: keep it until a backup of the database stands.`)
      } finally {
        progress.clear()
      }
    })
}
