import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { stringify } from 'yaml'
import { z } from 'zod'

const MARK = 'demo.json'

/** What a demo's folder says of itself. */
const DemoMark = z.object({
  seed: z.int(),
  builtAt: z.iso.datetime().nullable().meta({ description: 'null = it was begun, and not finished' }),
  key: z
    .string()
    .nullable()
    .default(null)
    .meta({ description: 'of a made-up customer, to try the gateway with; there is nothing behind it to protect' }),
})
export type DemoMark = z.infer<typeof DemoMark>

/** Where a demo lives: its configuration, its mark and, below `data`, what an installation keeps. */
export class DemoFolder {
  readonly path: string
  constructor(path: string) {
    this.path = resolve(path)
  }

  get configPath(): string {
    return join(this.path, 'safelevel.yaml')
  }

  get dataDir(): string {
    return join(this.path, 'data')
  }

  /** null: there is none here. */
  mark(): DemoMark | null {
    const path = join(this.path, MARK)
    if (!existsSync(path)) return null
    return DemoMark.parse(JSON.parse(readFileSync(path, 'utf8')))
  }

  /**
   * Empties it for a new demo.
   *
   * @throws {Error} where it holds something else: only what a demo has made is ever removed
   */
  begin(seed: number): void {
    const isOurs = this.mark() !== null || !existsSync(this.path) || readdirSync(this.path).length === 0
    if (!isOurs)
      throw new Error(`${this.path} holds something that no demo has made; name another folder with --folder`)
    rmSync(this.path, { recursive: true, force: true })
    mkdirSync(this.path, { recursive: true })
    this.#write({ seed, builtAt: null, key: null })
  }

  /** @param key for who looks at it */
  finish(seed: number, key: string): void {
    this.#write({ seed, builtAt: new Date().toISOString(), key })
  }

  /** Written at each start, since the stand-in for the models listens elsewhere each time. */
  writeConfig(config: object): void {
    writeFileSync(
      this.configPath,
      `# Made by npm run demo. Everything in this installation is made up.\n${stringify(config)}`,
    )
  }

  #write(mark: DemoMark): void {
    writeFileSync(join(this.path, MARK), `${JSON.stringify(mark)}\n`)
  }
}
