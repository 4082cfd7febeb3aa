/**
 * Whether the version before can use today's tables: `node test/rolling/run.ts [--from COMMIT] [--only src/accounts] [--list]`. Takes the
 * code of an earlier commit (by default the last one before the newest change of the migrations), gives it today's migrations, and runs that
 * commit's own tests of everything that has SQL. With TEST_DATABASE_URL on PostgreSQL too. Exit 1 when one of them fails.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MIGRATIONS = 'src/db/migrations'

const { values } = parseArgs({
  options: {
    from: { type: 'string' },
    only: { type: 'string', default: 'src' },
    list: { type: 'boolean', default: false },
  },
})

const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim()
const newest = git('log', '-1', '--format=%H', '--', `${MIGRATIONS}/index.ts`)
const from = git('rev-parse', '--short', values.from ?? `${newest}~1`)

const folder = mkdtempSync(join(tmpdir(), 'safelevel-rolling-'))
try {
  const archive = execFileSync('git', ['archive', from], { cwd: ROOT, maxBuffer: 1024 ** 3 })
  execFileSync('tar', ['-x', '-C', folder], { input: archive })
  const before = new Set(migrationsIn(folder))
  rmSync(join(folder, MIGRATIONS), { recursive: true })
  cpSync(join(ROOT, MIGRATIONS), join(folder, MIGRATIONS), {
    recursive: true,
    filter: (path) => !path.endsWith('.test.ts'),
  })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const added = migrationsIn(folder).filter((name) => !before.has(name))
  const tests = testsWithSql(folder, values.only)
  console.log(
    `${from} with ${added.length === 0 ? 'no newer migration' : added.join(', ')}: ${tests.length} files of tests`,
  )
  if (values.list) console.log(tests.join('\n'))
  else {
    // What names tables by itself looks at how they are built, which is what has changed.
    const { status } = spawnSync(join(ROOT, 'node_modules/.bin/vitest'), ['run', ...tests], {
      cwd: folder,
      stdio: 'inherit',
    })
    process.exitCode = status === 0 ? 0 : 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function migrationsIn(folder: string): string[] {
  return readdirSync(join(folder, MIGRATIONS)).filter((name) => /^\d{4}-.*(?<!\.test)\.ts$/.test(name))
}

/** Tests of rooms on both stores, but for those of `db` itself. */
function testsWithSql(folder: string, only: string): string[] {
  return readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .map((path) => `src/${path}`)
    .filter((path) => path.endsWith('.test.ts') && path.startsWith(only) && !path.startsWith('src/db/'))
    .filter((path) => /storeKinds\(/.test(readFileSync(join(folder, path), 'utf8')))
    .sort()
}
