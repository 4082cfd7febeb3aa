import { parseArgs } from 'node:util'
import { buildDemo } from './build.ts'
import { DemoFolder } from './folder.ts'
import { serveDemo } from './serve.ts'

const USAGE = `npm run demo -- [--fresh] [--seed N] [--folder PATH] [--build-only]

Builds an organisation in which everything is made up, lets it live through some months, and serves it.
  --fresh        build it anew, though there is one
  --seed N       another history (default 7)
  --folder PATH  where it lives (default ./demo-data; never ./data)
  --build-only   build it, and end`

/** @returns the exit code */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      fresh: { type: 'boolean', default: false },
      seed: { type: 'string', default: '7' },
      folder: { type: 'string', default: './demo-data' },
      'build-only': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  if (!/^\d{1,9}$/.test(values.seed)) throw new Error('--seed: a whole number of at most nine digits')
  const folder = new DemoFolder(values.folder)
  if (values.fresh || folder.mark()?.builtAt == null) await buildDemo(folder, { seed: Number(values.seed) })
  return values['build-only'] ? 0 : await serveDemo(folder)
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
