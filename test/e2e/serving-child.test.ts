import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { stringify } from 'yaml'

const SERVING = new URL('../support/serving-child.ts', import.meta.url).href
/** As the demo does, and the run of preference tuning: it starts a server, and says which process that is and what it said. */
const STARTER = `
  const { spawnServing } = await import(${JSON.stringify(SERVING)})
  const { child, stdout } = spawnServing(process.env)
  stdout.once('data', (line) => console.log(JSON.stringify({ pid: child.pid, ...JSON.parse(line) })))
`

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

it('a server is not left behind by what started it and was killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'safelevel-parent-'))
  const config = join(folder, 'safelevel.yaml')
  const settings = { publicPort: 0, controlPort: 0, logLevel: 'error', classifier: { mode: 'screen' } }
  writeFileSync(config, stringify(settings))
  const env = { ...process.env, SAFELEVEL_CONFIG: config, SAFELEVEL_DATA_DIR: join(folder, 'data'), DATABASE_URL: '' }
  const starter = spawn(process.execPath, ['--input-type=module', '--eval', STARTER], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = await once(starter.stdout, 'data')
    const { pid, public: url } = JSON.parse(String(line))
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    starter.kill('SIGKILL')
    await expect.poll(() => isThere(pid), { timeout: 15_000 }).toBe(false)
  } finally {
    starter.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}, 60_000)
