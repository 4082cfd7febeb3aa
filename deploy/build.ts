import { globSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fingerprint } from '../bin/fingerprint.js'
import { bringConsoleUpToDate } from '../console/build.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const OUT = join(ROOT, 'dist/program')
/** Packages with files of their own beside their code: machine code, WebAssembly, threads. They stay where they are installed. */
const LEFT_OUT = [/^onnxruntime-node/, /^@electric-sql\//, /^node-llama-cpp/, /^pkcs11js/, /^pino/, /^thread-stream/]

/**
 * The program as it ships: a hundred files in place of 2,500, so that it starts in two thirds of the time, and runs where Node strips no types,
 * below `node_modules`. `bin/safelevel.js` takes it while the sources are those that it was built from.
 *
 * @param out where it goes, beside the data that it reads: `<installation>/dist/program`
 */
export async function buildProgram(out: string): Promise<void> {
  const { rolldown } = await import('rolldown')
  const entries = ['cli/main', 'verify', ...globSync('**/*-{worker,process}.ts', { cwd: join(ROOT, 'src') })].map(
    (path) => path.replace(/\.ts$/, ''),
  )
  const fresh = `${out}.${process.pid}`
  try {
    const bundle = await rolldown({
      cwd: ROOT,
      input: Object.fromEntries(entries.map((path) => [path, `src/${path}.ts`])),
      platform: 'node',
      external: LEFT_OUT,
      logLevel: 'warn',
    })
    await bundle.write({
      dir: fresh,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: 'parts/[name]-[hash].js',
    })
    await bundle.close()
    writeFileSync(join(fresh, 'build.json'), JSON.stringify({ fingerprint: fingerprint(ROOT) }))
    rmSync(out, { recursive: true, force: true })
    renameSync(fresh, out)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  await bringConsoleUpToDate()
  await buildProgram(OUT)
}
