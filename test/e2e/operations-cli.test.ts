import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { ServedChild, safelevel } from '../support/served-child.ts'

/** What an operator does to a server that runs: looks, changes the file, has it read anew by command and by signal. */
let folder: string
let server: ServedChild
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safelevel-operations-'))
  server = new ServedChild(folder, {
    logLevel: 'info',
    canaries: { intervalSeconds: 0 },
    classifier: { mode: 'screen' },
  })
  if ((await server.ready) === null) throw new Error(server.stderr)
}, 120_000)
afterAll(async () => {
  await server.kill('SIGTERM')
  await rm(folder, { recursive: true, force: true })
})

const file = () => join(folder, 'safelevel.yaml')
const change = (keys: object) => writeFileSync(file(), stringify({ ...parse(readFileSync(file(), 'utf8')), ...keys }))
const json = async (...args: string[]) => JSON.parse((await safelevel(folder, [...args, '--json'])).stdout)

it('says how it is', async () => {
  const { stdout } = await safelevel(folder, ['status'])
  expect(stdout).toMatch(/^ +Server +✓ ready /m)
  expect((await json('status')).server).toMatchObject({ health: { state: 'ready', conditions: [] } })
}, 120_000)

it('sets the log level, for a time', async () => {
  expect((await safelevel(folder, ['log-level'])).stdout).toBe('info\n')
  expect((await safelevel(folder, ['log-level', 'debug', '--for', '10m'])).stdout).toMatch(
    /^debug, until 2\d{3}-.*Z, then info again\n$/,
  )
  expect(await json('log-level', 'info')).toEqual({ level: 'info', configured: 'info', until: null })
  for (const bad of [
    ['log-level', 'loud'],
    ['log-level', 'debug', '--for', 'ever'],
    ['log-level', '--for', '10m'],
  ])
    expect((await safelevel(folder, bad)).code).not.toBe(0)
}, 120_000)

it('reads the configuration anew, by command and by signal, and never a wrong one', async () => {
  change({
    models: [{ name: 'new-model', upstream: 'sandbox' }],
    shutdownGraceMs: 1_234,
    canaries: { intervalSeconds: 60 },
  })
  expect(await json('reload')).toMatchObject({
    changed: ['models', 'shutdownGraceMs'],
    restartNeeded: ['canaries.intervalSeconds'],
  })
  expect(JSON.stringify((await json('status')).server.models)).toContain('new-model')

  change({ rateLimit: {} })
  const refused = await safelevel(folder, ['reload'])
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringMatching(/safelevel\.yaml:\d+: rateLimit: there is no such key/),
  ])
  server.child.kill('SIGHUP')
  await expect.poll(() => server.stderr, { timeout: 20_000 }).toContain('the configuration stays as it was')

  const text = readFileSync(file(), 'utf8')
    .replace(/^rateLimit: .*\n/m, '')
    .replace('new-model', 'newer-model')
  writeFileSync(file(), text)
  server.child.kill('SIGHUP')
  await expect
    .poll(async () => JSON.stringify((await json('status')).server.models), { timeout: 60_000, interval: 500 })
    .toContain('newer-model')
}, 180_000)
