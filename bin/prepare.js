// After `npm ci` in a checkout: builds what `npm start` then runs. What can't be built is no fault of an installation: it runs from source.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const build = join(root, 'deploy/build.ts')
const canBuild = existsSync(build) && existsSync(join(root, 'node_modules/rolldown'))
if (canBuild && Number(process.versions.node.split('.')[0]) >= 24) {
  const { status } = spawnSync(process.execPath, [build], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) console.error('Not built, so that each start takes a second longer; "npm run build" says why.')
}
