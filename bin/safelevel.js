#!/usr/bin/env node
// Runs under any Node: hands over to the Node 24 that the package brings along when the one at hand is older.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { fingerprint } from './fingerprint.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** As built where that is of these sources, else from source: what was changed in a checkout runs at once. */
function mainFile() {
  const built = join(root, 'dist/program')
  const source = fingerprint(root)
  if (source !== null) {
    const stamp = join(built, 'build.json')
    if (!existsSync(stamp) || JSON.parse(readFileSync(stamp, 'utf8')).fingerprint !== source)
      return join(root, 'src/cli/main.ts')
  }
  return join(built, 'cli/main.js')
}

function ownNode() {
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

if (Number(process.versions.node.split('.')[0]) >= 24) {
  await import(pathToFileURL(mainFile()).href)
} else {
  const child = spawn(ownNode(), [mainFile(), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 128 + 15))
}
