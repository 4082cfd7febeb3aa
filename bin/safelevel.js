#!/usr/bin/env node
// Runs under any Node: hands over to the Node 24 that the package brings along when the one at hand is older.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const built = join(root, 'dist/cli/main.js')
const main = existsSync(built) ? built : join(root, 'src/cli/main.ts')

function nodeBinary() {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  try {
    const own = join(
      dirname(createRequire(import.meta.url).resolve('node/package.json')),
      'bin',
      process.platform === 'win32' ? 'node.exe' : 'node',
    )
    if (existsSync(own)) return own
  } catch {
    // not installed: said below
  }
  console.error(
    `Safelevel needs Node 24 or newer; this is ${process.version}. Install it, or run "npm ci" in ${root}, which brings it along.`,
  )
  process.exit(2)
}

const child = spawn(nodeBinary(), [main, ...process.argv.slice(2)], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal === null ? code : 128 + 15))
