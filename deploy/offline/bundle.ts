import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { makeSbom } from '../sbom.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** What an installation needs of this folder: what is built, and what it reads. */
const SHIPPED = [
  ...[
    'bin',
    'dist/console',
    'dist/program',
    'dist/site',
    'assets',
    'policies',
    'rules',
    'suites',
    'controls',
    'courses',
    'runbooks',
    'deploy',
    'dashboards',
    'docs/guide',
  ],
  ...['package.json', 'safelevel.example.yaml', 'README.md', 'SECURITY.md', 'CHANGELOG.md', 'LICENSE'],
]

const LAUNCHER = `#!/bin/sh
# Runs Safelevel with the Node that it brings along.
here="$(cd "$(dirname "$(readlink -f "$0")")" && pwd)"
exec "$here/runtime/node" "$here/bin/safelevel.js" "$@"
`

const Lock = z.object({
  packages: z.record(z.string(), z.looseObject({ dev: z.boolean().optional(), version: z.string().optional() })),
})

/**
 * Makes one tar file with everything that a machine without network needs: Safelevel, its packages as they are installed here without development
 * tools, the Node that runs them, a list of all of it and the digests of every file. For machines with this one's system and processor.
 *
 * @returns where it is
 */
export function makeBundle(target: string): string {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')))
  const name = `safelevel-${version}-${process.platform}-${process.arch}`
  const file = resolve(target, `${name}.tar.gz`)
  const work = mkdtempSync(join(tmpdir(), 'safelevel-bundle-'))
  try {
    const dir = join(work, name)
    copyProgram(dir)
    copyPackages(dir)
    mkdirSync(join(dir, 'runtime'))
    cpSync(join(ROOT, 'node_modules/node/bin/node'), join(dir, 'runtime/node'), { dereference: true })
    writeFileSync(join(dir, 'safelevel'), LAUNCHER)
    chmodSync(join(dir, 'safelevel'), 0o755)
    writeFileSync(join(dir, 'sbom.cdx.json'), `${JSON.stringify(makeSbom({ withNode: true }), null, 2)}\n`)
    writeFileSync(join(dir, 'SHA256SUMS'), digests(dir))
    mkdirSync(dirname(file), { recursive: true })
    execFileSync('tar', [
      '--sort=name',
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      '-I',
      'gzip -1',
      '-cf',
      file,
      '-C',
      work,
      name,
    ])
    return file
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function copyProgram(dir: string): void {
  if (!existsSync(join(ROOT, 'dist/program/build.json'))) throw new Error('it is not built: npm run build')
  for (const path of SHIPPED) {
    if (!existsSync(join(ROOT, path))) continue
    cpSync(join(ROOT, path), join(dir, path), { recursive: true, filter: (from) => !/\.test\.ts$/.test(from) })
  }
}

/** Every package of the lockfile that is no development tool, from where it is installed here. */
function copyPackages(dir: string): void {
  const { packages } = Lock.parse(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')))
  for (const [path, { dev = false }] of Object.entries(packages)) {
    // What is not installed is optional, and for another system.
    if (dev || !path.startsWith('node_modules/') || !existsSync(join(ROOT, path))) continue
    const own = join(ROOT, path)
    // A package inside of it is an entry of its own, which may be a development tool.
    const filter = (from: string): boolean =>
      !relative(own, from).split(sep).includes('node_modules') && !isForOthers(from)
    cpSync(own, join(dir, path), { recursive: true, filter })
  }
}

/** Of its native parts, onnxruntime-node brings those for every system. */
function isForOthers(path: string): boolean {
  const found = /onnxruntime-node\/bin\/napi-v\d+\/([a-z0-9]+)(?:\/([a-z0-9]+))?/.exec(path.replaceAll(sep, '/'))
  if (found === null) return false
  const [, system, processor] = found
  return system !== process.platform || (processor !== undefined && processor !== process.arch)
}

/** As `sha256sum --check` reads them. */
function digests(dir: string): string {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map((entry) => relative(dir, join(entry.parentPath, entry.name)).replaceAll(sep, '/')).sort()
  const lines = paths.map(
    (path) =>
      `${createHash('sha256')
        .update(readFileSync(join(dir, path)))
        .digest('hex')}  ${path}`,
  )
  return `${lines.join('\n')}\n`
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist/offline' } } })
  console.log(makeBundle(join(ROOT, values.out)))
}
