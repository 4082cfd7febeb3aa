import { existsSync, statfsSync } from 'node:fs'
import { totalmem } from 'node:os'
import { dirname } from 'node:path'
import type { Config } from '../../base/config.ts'
import { type Finding, look } from '../finding.ts'

const NEEDED_NODE = 24
const MIB = 1024 * 1024
/** Below this the ledger soon can't record, and then nothing is served. */
const LEAST_FREE_MIB = 512
const LITTLE_FREE_MIB = 5_120
/** Two encoder processes, the embedded database and the server itself. */
const ADVISED_MEMORY_MIB = 1_536

/** The program that runs this, the memory and the disk. */
export async function checkMachine(
  { dataDir }: Pick<Config, 'dataDir'>,
  version = process.versions.node,
): Promise<Finding[]> {
  return [
    await look('node', () => {
      if (Number(version.split('.')[0]) >= NEEDED_NODE)
        return { detail: `${version} on ${process.platform} ${process.arch}` }
      return {
        level: 'failed',
        detail: `${version}, and Safelevel needs ${NEEDED_NODE} or later`,
        mend: 'run "npm ci" in Safelevel’s folder, which brings one, and start it with "npx safelevel"',
      }
    }),
    await look('memory', () => {
      const mib = Math.round(totalmem() / MIB)
      if (mib >= ADVISED_MEMORY_MIB) return { detail: `${(mib / 1024).toFixed(1)} GiB` }
      return {
        level: 'warning',
        detail: `${mib} MiB; with the encoder ${ADVISED_MEMORY_MIB} are advised`,
        mend: 'set classifier.workers: 1, or classifier.mode: screen',
      }
    }),
    await look('disk space', () => {
      const { bavail, bsize } = statfsSync(standing(dataDir))
      const mib = Math.floor((bavail * bsize) / MIB)
      const detail = `${(mib / 1024).toFixed(1)} GiB free below ${dataDir}`
      const mend =
        'make room, or set dataDir to a folder on a larger disk: a full disk stops the ledger, and with it the gateway'
      if (mib < LEAST_FREE_MIB) return { level: 'failed', detail, mend }
      return mib < LITTLE_FREE_MIB ? { level: 'warning', detail, mend } : { detail }
    }),
  ]
}

/** The folder, or the nearest above it that there is. */
function standing(path: string): string {
  let at = path
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at)
  return at
}
