import { createHash } from 'node:crypto'
import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** What `dist` is built from. */
const SOURCES = ['src', 'console', 'site', 'package-lock.json']

/**
 * What the sources of this checkout are, by their names, sizes and times: some milliseconds, where reading them would take a tenth of a second
 * at each start. Runs under any Node.
 *
 * @param {string} root
 * @returns {string | null} null: there are no sources, so that what is built is all there is
 */
export function fingerprint(root) {
  const hash = createHash('sha256')
  let files = 0
  const walk = (path) => {
    const stat = lstatSync(join(root, path), { throwIfNoEntry: false })
    if (stat === undefined) return
    if (stat.isDirectory()) {
      for (const name of readdirSync(join(root, path)).sort()) walk(`${path}/${name}`)
    } else if (!path.includes('.test.')) {
      files += 1
      hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`)
    }
  }
  for (const path of SOURCES.slice(0, -1)) walk(path)
  if (files === 0) return null
  walk('package-lock.json')
  return hash.digest('hex')
}
