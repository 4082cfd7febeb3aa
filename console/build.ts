import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const OUT = join(ROOT, 'dist/console')
/** The one script of the public pages. */
const SITE_OUT = join(ROOT, 'dist/site')
const STAMP = 'build.json'

/**
 * What the console is built from, by content: its sources and the exact versions of what they import.
 *
 * @returns SHA-256, hex. The server compares it with the stamp of what lies in `dist/console`.
 */
export function sourcesDigest(): string {
  const hash = createHash('sha256')
  const sources = ['console/**/*.{ts,tsx,css,html,svg,json}', 'site/**/*.ts', 'src/verify.ts', 'src/ledger/tlog/*.ts']
  const files = globSync(sources, { cwd: ROOT }).filter((f) => !f.includes('.test.'))
  for (const file of [...files.sort(), 'package-lock.json'])
    hash.update(`${file}\n`).update(readFileSync(join(ROOT, file)))
  return hash.digest('hex')
}

/** The digest of the sources that `dist/console` was built from; null when there is none. */
export function builtDigest(): string | null {
  const stamp = join(OUT, STAMP)
  if (!existsSync(stamp)) return null
  const read: unknown = JSON.parse(readFileSync(stamp, 'utf8'))
  return typeof read === 'object' && read !== null && 'sources' in read ? String(read.sources) : null
}

/** Builds into a folder beside and swaps, so that a server never serves half a console and two builds never mix. */
async function buildConsole(sources: string): Promise<void> {
  process.env.NODE_ENV = 'production'
  const { build } = await import('vite')
  const fresh = `${OUT}.${process.pid}`
  mkdirSync(fresh, { recursive: true })
  try {
    await buildSite(build)
    await build({
      configFile: join(ROOT, 'console/vite.config.ts'),
      logLevel: 'warn',
      build: { outDir: fresh, emptyOutDir: true },
    })
    compress(fresh)
    writeFileSync(join(fresh, STAMP), JSON.stringify({ sources }))
    rmSync(OUT, { recursive: true, force: true })
    renameSync(fresh, OUT)
  } catch (error) {
    // Another process was quicker with the same.
    if (builtDigest() !== sources) throw error
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

/** One file of ES modules, small enough to be read; the server names it by its digest. */
async function buildSite(build: typeof import('vite').build): Promise<void> {
  const fresh = `${SITE_OUT}.${process.pid}`
  try {
    await build({
      configFile: false,
      root: join(ROOT, 'site'),
      logLevel: 'warn',
      build: {
        outDir: fresh,
        emptyOutDir: true,
        target: 'es2023',
        lib: { entry: join(ROOT, 'site/verify.ts'), formats: ['es'], fileName: () => 'verify.js' },
      },
    })
    rmSync(SITE_OUT, { recursive: true, force: true })
    renameSync(fresh, SITE_OUT)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

function compress(dir: string): void {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 }
  for (const name of globSync('**/*.{js,css,svg,html}', { cwd: dir })) {
    const file = join(dir, name)
    writeFileSync(`${file}.br`, brotliCompressSync(readFileSync(file), { params }))
  }
}

/** Builds the console and the public pages' script where what they are made of has changed. @param evenSo also where it has not */
export async function bringConsoleUpToDate(evenSo = false): Promise<void> {
  const sources = sourcesDigest()
  if (evenSo || builtDigest() !== sources) await buildConsole(sources)
}

if (import.meta.main) await bringConsoleUpToDate(process.argv.includes('--force'))
