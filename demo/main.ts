import { parseArgs } from 'node:util'
import { buildDemo } from './build.ts'
import { DemoFolder } from './folder.ts'
import { serveDemo } from './serve.ts'

const USAGE = `npm run demo -- [--fresh] [--seed N] [--folder PATH] [--build-only]

Builds an organisation in which everything is made up, lets it live through some months, and serves it.
  --fresh        build it anew, though there is one
  --seed N       another history (default 7); the same number gives the same one
  --folder PATH  where it lives (default ./demo-data; never ./data)
  --build-only   build it, and end`

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
} else {
  const seed = Number(values.seed)
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error('--seed: a whole number')
  const folder = new DemoFolder(values.folder)
  if (values.fresh || folder.mark()?.builtAt == null) await buildDemo(folder, { seed })
  if (!values['build-only']) process.exitCode = await serveDemo(folder)
}
