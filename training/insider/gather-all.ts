import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { Gathered } from './gathered.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** What signals depend on. Weights are not among it: they weigh signals, and change none. */
const SOURCES = [
  'src/weights/insider/{activity,behaviour,rules,simulation}/**/*.ts',
  ...['src/weights/insider/detector.ts', 'rules/insider/*.yml', 'training/insider/{composed*,variation,gather}.ts'],
]
const TESTS = /\.test\.ts$/

export interface GatherOptions {
  readonly seeds: readonly number[]
  readonly people: number
  readonly days: number
  /** As `insider simulate --kinds` has them; those of training where left out. */
  readonly kinds?: string
  /** Processes at a time. */
  readonly jobs: number
  /** Where what was simulated stays; what is there of the same sources is not simulated again. */
  readonly folder: string
  readonly say: (line: string) => void
}

/** Simulates what is not there yet, and reads all of it, in the order of the seeds. @returns with the SHA-256 of the sources, hex */
export async function gatherAll(options: GatherOptions): Promise<{ all: Gathered[]; digest: string }> {
  const { seeds, people, days, kinds = 'training', jobs, folder, say } = options
  const digest = digestOfSources()
  const pathOf = (seed: number) => join(folder, `${digest.slice(0, 12)}-${kinds}-${people}-${days}-${seed}.json.gz`)
  const missing = seeds.filter((seed) => !existsSync(pathOf(seed)))
  say(`${seeds.length - missing.length} of ${seeds.length} organisations are there`)
  const one = async () => {
    for (let seed = missing.shift(); seed !== undefined; seed = missing.shift())
      await gather([
        ...['--seed', String(seed), '--people', String(people), '--days', String(days), '--kinds', kinds],
        ...['--out', pathOf(seed)],
      ])
  }
  await Promise.all(Array.from({ length: jobs }, one))
  const all = seeds.map((seed) => Gathered.parse(JSON.parse(gunzipSync(readFileSync(pathOf(seed))).toString())))
  return { all, digest }
}

function gather(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [join(ROOT, 'training/insider/gather.ts'), ...args], { stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`gather.ts ${args.join(' ')}: ${code}`))))
  })
}

function digestOfSources(): string {
  const hash = createHash('sha256')
  const files = SOURCES.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).filter(
    (name) => !name.includes('outside-campaigns'),
  )
  for (const file of files.filter((name) => !TESTS.test(name)).sort())
    hash.update(`${file}\n`).update(readFileSync(join(ROOT, file)))
  return hash.digest('hex')
}
