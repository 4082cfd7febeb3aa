import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { loadConfig } from '../base/config.ts'
import { systemIds } from '../base/ids.ts'
import { createLog } from '../base/log.ts'
import { type FsckReport, fsck, localFsckPlace, openFileSigner, openTiles, sharedFsckPlace } from '../ledger/index.ts'
import { databaseOf } from './ledger-place.ts'
import { count, print } from './ledger-words.ts'
import { progressBar } from './progress.ts'

/** `safelevel ledger fsck` */
export function fsckCommand(): Command {
  return new Command('fsck')
    .description('compute the whole ledger anew from what it keeps, and say what is damaged, missing or left over')
    .option('--mend', 'delete what is surplus: partial tiles whose full tile stands')
    .option('--json', 'print one line of JSON')
    .action(async ({ mend = false, json = false }: { mend?: boolean; json?: boolean }) => {
      const progress = progressBar('looking', process.stderr)
      try {
        const onProgress = (entries: number, of: number) => progress.show(entries, of)
        const report = await fsck({ ...(await ownPlace()), mend, onProgress })
        progress.clear()
        print(json ? JSON.stringify(report) : describe(report))
        if (!report.ok) process.exitCode = 1
      } finally {
        progress.clear()
      }
    })
}

async function ownPlace() {
  const { config, secrets } = loadConfig()
  if (config.ledger.shared) {
    const tiles = await openTiles(config.ledger.tiles, systemIds)
    return await sharedFsckPlace({ url: databaseOf(secrets), tiles, log: createLog('error') })
  }
  const path = join(config.keysDir ?? join(config.dataDir, 'keys'), 'ledger.key')
  const vkey = existsSync(path) ? (await openFileSigner({ path, ids: systemIds })).vkey : null
  return await localFsckPlace(join(config.dataDir, 'ledger'), vkey)
}

const MARKS = { wrong: 'WRONG  ', surplus: 'surplus', note: 'note   ' } as const

function describe({ ok, place, size, bodies, findings, deleted }: FsckReport): string {
  const lines = findings.map(({ weight, words }) => `${MARKS[weight]}  ${words}`)
  const read = bodies === null ? '' : `, ${bodies.checked} bodies read, ${bodies.erased} erased`
  const verdict = ok ? `whole: ${count(size)}${read}` : `DAMAGED: ${count(size)} under the checkpoint`
  const mended = deleted > 0 ? [`deleted ${deleted} surplus files`] : []
  return [`${place}`, ...lines, ...mended, verdict].join('\n')
}
