import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { programPath } from './servers.ts'

const SOURCES = join(import.meta.dirname, '../ledger/go')
const run = promisify(execFile)

/** The transparency-log packages of the Go checksum database, which share no code with Safelevel. */
export class GoVerifier {
  readonly #binary: string

  private constructor(binary: string) {
    this.#binary = binary
  }

  /** Null, with a line on standard error, where Go or its module proxy is missing. */
  static async build(folder: string): Promise<GoVerifier | null> {
    const go = programPath('go')
    const binary = join(folder, 'go-verify')
    try {
      if (go === null) throw new Error('go is not installed')
      await run(go, ['build', '-o', binary, '.'], { cwd: SOURCES })
      return new GoVerifier(binary)
    } catch (error) {
      process.stderr.write(`SKIPPED: verification by Go: ${error instanceof Error ? error.message : error}\n`)
      return null
    }
  }

  /** @throws {Error} that says what does not verify. */
  async verify(publicDir: string, vkey: string): Promise<void> {
    await run(this.#binary, [publicDir, vkey])
  }
}
