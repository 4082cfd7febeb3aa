import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from '../../base/config.ts'
import { AppError } from '../../base/errors.ts'
import { acquireDataLock, keysDirOf } from '../../db/index.ts'
import { type Finding, look, type Seen } from '../finding.ts'

type Folders = Pick<Config, 'dataDir' | 'keysDir'>

const OTHERS = 0o077
/** What may be read by others in a folder of keys: nothing. Windows has no such bits. */
const HAS_MODES = process.platform !== 'win32'

/**
 * The data folder, who has it, and the keys.
 *
 * @param serving whether a server on this folder answers
 */
export async function checkFolders(config: Folders, serving: boolean): Promise<Finding[]> {
  const { dataDir } = config
  return [
    await look('data folder', () => dataFolder(dataDir)),
    await look('data lock', () => dataLock(dataDir, serving)),
    await look('keys', () => keys(config)),
  ]
}

function dataFolder(dataDir: string): Seen {
  if (!existsSync(dataDir)) {
    mustWrite(dirname(dataDir))
    return { detail: `${dataDir} is made at the first start` }
  }
  mustWrite(dataDir)
  const open = HAS_MODES && (statSync(dataDir).mode & OTHERS) !== 0
  if (!open) return { detail: `${dataDir} is writable, and closed to others` }
  return { level: 'warning', detail: `${dataDir} is open to other users of this machine`, mend: `chmod 700 ${dataDir}` }
}

function mustWrite(folder: string): void {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new AppError(
      'CONFIG_INVALID',
      `${folder} can't be written by this user (${process.getuid?.() ?? 'unknown'}): run this as the user that runs Safelevel, or set dataDir`,
      { cause },
    )
  }
}

function dataLock(dataDir: string, serving: boolean): Seen {
  if (serving) return { detail: 'held by the server, which answers' }
  if (!existsSync(dataDir)) return { detail: 'free' }
  try {
    acquireDataLock(dataDir)[Symbol.dispose]()
    return { detail: 'free: no server runs on this folder' }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'DATA_DIR_LOCKED') throw error
    return {
      level: 'failed',
      detail: `${error.message.split(':')[0]}, and no server answers there`,
      mend: 'if that process is a server, look at its log: it starts, stops or hangs; the lock goes with the process',
    }
  }
}

function keys(config: Folders): Seen {
  const dir = keysDirOf(config)
  if (!existsSync(dir)) {
    if (existsSync(join(config.dataDir, 'ledger', 'public', 'checkpoint')) || existsSync(join(config.dataDir, 'db')))
      return {
        level: 'failed',
        detail: `there is data in ${config.dataDir}, but no folder of keys ${dir}`,
        mend: 'put the keys back from where they were kept, or name their folder (keysDir, SAFELEVEL_KEYS_DIR): new ones open nothing that is there',
      }
    return { detail: `${dir} is made at the first start` }
  }
  const names = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isFile())
  const open = HAS_MODES ? names.filter(({ name }) => (statSync(join(dir, name)).mode & OTHERS) !== 0) : []
  if (open.length > 0 || (HAS_MODES && (statSync(dir).mode & OTHERS) !== 0))
    return {
      level: 'failed',
      detail: `others on this machine may read ${open.length > 0 ? open.map(({ name }) => name).join(', ') : dir}`,
      mend: `chmod 700 ${dir} && chmod 600 ${dir}/*; if others had accounts here, count these keys as known to them`,
    }
  return { detail: `${names.length} in ${dir}, for their owner alone` }
}
