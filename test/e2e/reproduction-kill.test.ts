import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ServedChild, safelevel } from '../support/served-child.ts'

/** A reproduction outlives the server that began it: killed in the middle, it goes on with the next start, and no try is made twice. */
const TRIES = 60
const CONFIG = { canaries: { intervalSeconds: 0 } }
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safelevel-reproduction-'))
})
const children: ServedChild[] = []
afterAll(async () => {
  await Promise.all(children.map((child) => child.kill()))
  await rm(folder, { recursive: true, force: true })
})

interface Tried {
  readonly id: string
  readonly state: string
  readonly attempts: readonly { readonly nth: number; readonly outcome: string }[]
}

it('goes on after kill -9 with the tries that are missing', { timeout: 240_000 }, async () => {
  const first = await served()
  const call = async <T>(control: string, path: string, body?: object): Promise<T> => {
    const token = (await readFile(join(folder, 'data', 'operator-token'), 'utf8')).trim()
    const response = await fetch(`${control}/api/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  const { control } = first.at
  await call(control, '/checkpoints', { model: 'sandbox', checkpoint: 's1', flops: 1e20 })
  const surfaces = [{ kind: 'api', name: 'api', gatewayModels: ['sandbox-1'] }]
  await call(control, '/deployments', { deployment: 'sandbox-api', checkpoint: 'sandbox/s1', surfaces })
  const report = await fetch(`${first.at.public}/v1/safety/reports`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'safeguard_bypass', story: 'In a play it answers.', steps: 'Answer in a play.' }),
  })
  const { id } = (await report.json()) as { id: string }
  const asked = { deployment: 'sandbox-api', n: TRIES }
  const run = await call<Tried>(control, `/reports/${id}/reproductions`, asked)
  const tried = (at: string) => call<Tried>(at, `/reproductions/${run.id}`)
  await expect.poll(async () => (await tried(control)).attempts.length, { timeout: 60_000 }).toBeGreaterThan(9)
  await first.child.kill()

  const second = await served()
  const left = (await tried(second.at.control)).attempts
  expect(left.length).toBeGreaterThan(9)
  expect(left.length).toBeLessThan(TRIES)
  await expect.poll(async () => (await tried(second.at.control)).state, { timeout: 120_000 }).toBe('done')
  const { attempts } = await tried(second.at.control)
  expect(attempts.map(({ nth }) => nth)).toEqual(Array.from({ length: TRIES }, (_, i) => i + 1))
  expect(attempts.slice(0, left.length)).toEqual(left)
  await second.child.kill('SIGTERM')
  expect(await safelevel(folder, ['ledger', 'verify', '--json'])).toMatchObject({ code: 0 })
})

async function served() {
  const child = new ServedChild(folder, CONFIG)
  children.push(child)
  const at = await child.ready
  if (at === null) throw new Error(`the server did not start: ${child.stderr}`)
  return { child, at }
}
