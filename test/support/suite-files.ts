import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** Paths for files of a test of simple suites, gone when it ends. */
export function suiteFiles() {
  const dir = mkdtempSync(join(tmpdir(), 'safelevel-run-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  let files = 0
  const fresh = () => join(dir, `file-${files++}.jsonl`)
  /** A file of these lines: text as it is, anything else as JSON. */
  function suiteFile(...lines: unknown[]): string {
    const path = fresh()
    writeFileSync(path, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'))
    return path
  }
  return { fresh, suiteFile }
}

/** A task that is passed by one word. */
export const wordTask = (id: string) => ({ id, cluster: 'f', prompt: `Say ${id}`, pass: { exact: 'yes' } })
