import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Puts a small text into a file that only its owner may read, in place of what stood there: a crash leaves the one or the other, whole. The
 * caller holds the lock on the folder: two processes at once would take each other's draft.
 */
export function replacePrivateFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.new`
  rmSync(draft, { force: true })
  writeFileSync(draft, text, { flag: 'wx', mode: 0o600, flush: true })
  renameSync(draft, path)
}
