import { mkdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { codeOf } from '../base/error-code.ts'
import { AppError } from '../base/errors.ts'
import { nodeFiles } from './files.ts'
import { type Misbehaviour, parseCheckpoint, parseNote, sha256 } from './tlog/index.ts'

const KnownLog = z.object({
  /** The key that was trusted at first use, or given. */
  vkey: z.string().max(1024),
  pinnedAt: z.iso.datetime(),
  /** Folders and URLs where the log was verified: another log in its place is noticed. */
  locations: z.array(z.string()).max(1000),
  /** The last checkpoint that verified, as signed: evidence, should the log ever show another history. */
  checkpoint: z.string().max(100_000),
  verifiedAt: z.iso.datetime(),
})
export type KnownLog = z.infer<typeof KnownLog>

const KnownLogsFile = z.object({ version: z.literal(1), logs: z.record(z.string(), KnownLog) })

/** What this user has verified before, kept outside every data folder. */
export class KnownLogs {
  readonly #path: string
  readonly #logs: Map<string, KnownLog>

  private constructor(path: string, logs: Map<string, KnownLog>) {
    this.#path = path
    this.#logs = logs
  }

  /** `$XDG_CONFIG_HOME/safelevel/known-logs.json`, by default below `~/.config`. */
  static defaultPath(env: NodeJS.ProcessEnv = process.env): string {
    return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'safelevel', 'known-logs.json')
  }

  /** @throws {AppError} CONFIG_INVALID when the file is damaged: taking that for "nothing known" would drop the pins. */
  static async open(path = KnownLogs.defaultPath()): Promise<KnownLogs> {
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return new KnownLogs(path, new Map())
      throw error
    }
    try {
      return new KnownLogs(path, new Map(Object.entries(KnownLogsFile.parse(JSON.parse(text)).logs)))
    } catch (cause) {
      throw new AppError('CONFIG_INVALID', `${path} is damaged: mend it, or move it away to pin keys anew`, { cause })
    }
  }

  get path(): string {
    return this.#path
  }

  byOrigin(origin: string): KnownLog | null {
    return this.#logs.get(origin) ?? null
  }

  /** Entries of a log when it was verified last; null for one that never was. */
  headOf(origin: string): number | null {
    const known = this.byOrigin(origin)
    return known === null ? null : parseCheckpoint(parseNote(known.checkpoint).text).size
  }

  /** Origin of the log that was verified at this place last. */
  originAt(location: string): string | null {
    for (const [origin, log] of this.#logs) if (log.locations.includes(location)) return origin
    return null
  }

  /** Beside the known logs. @returns the file */
  async saveMisbehaviour(proof: Misbehaviour): Promise<string> {
    const folder = dirname(this.#path)
    const name = Buffer.from(sha256(`${proof.older}\n${proof.newer}`)).toString('hex', 0, 8)
    const file = join(folder, `misbehaviour-${name}.json`)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await nodeFiles.replace(file, `${file}.new`, Buffer.from(`${JSON.stringify(proof, null, 2)}\n`), 0o644)
    return file
  }

  async save(origin: string, log: KnownLog): Promise<void> {
    this.#logs.set(origin, log)
    const file = KnownLogsFile.parse({ version: 1, logs: Object.fromEntries(this.#logs) })
    const folder = dirname(this.#path)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const temporary = `${this.#path}.${process.pid}.new`
    await nodeFiles.replace(this.#path, temporary, Buffer.from(`${JSON.stringify(file, null, 2)}\n`), 0o600)
    await nodeFiles.syncFolder(folder)
  }
}
