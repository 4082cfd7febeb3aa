import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createDeviceKey, type DeviceKey } from '../../src/cli/vault-client/index.ts'
import { put } from '../../src/journal/index.ts'
import type { Grant } from '../../src/weights/access/index.ts'
import { GRANT } from '../../src/weights/access/kinds.ts'
import { records } from '../../src/weights/records/index.ts'
import { noise } from '../support/reading-world.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { grantIn, sealIn } from '../support/weights-served.ts'
import { processes } from './processes.ts'
import { canTry, openFolder } from './sandbox-try.ts'

const WEIGHTS = noise(5 * 1024 * 1024 + 77)
const SMALL = noise(1_000)
const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

describe('the vault from a host', () => {
  const folder = openFolder()
  const keyPath = join(folder.path, 'host', 'device.key')
  let home: RunningApp
  let key: DeviceKey
  beforeAll(async () => {
    home = await startApp({ config: { classifier: { mode: 'screen' }, canaries: { intervalSeconds: 0 } } })
    key = await createDeviceKey(keyPath)
    await sealIn(home, 'orca/1', { 'model.safetensors.bin': WEIGHTS, 'deep/er/config.json': SMALL })
  }, 120_000)
  afterAll(async () => {
    await home?.[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  /** A grant for this host. */
  async function grant(fields: Partial<Grant>, budgetBytes = 100_000_000): Promise<Grant> {
    const device = { thumbprint: key.thumbprint, jwk: key.publicJwk } as Parameters<typeof grantIn>[1]
    const given = { ...(await grantIn(home, device, { version: 'orca/1', budgetBytes })), ...fields }
    await home.app.staff.context.db.db.transaction().execute((tx) => records.apply(tx, [put(GRANT, given)]))
    return given
  }

  const cli = (...args: string[]): Promise<Ran> =>
    promisify(execFile)(process.execPath, [MAIN, 'vault', ...args], {
      env: {
        PATH: process.env.PATH,
        HOME: folder.path,
        SAFELEVEL_URL: home.controlUrl,
        SAFELEVEL_DATA_DIR: join(folder.path, 'none'),
        SAFELEVEL_DEVICE_KEY: keyPath,
        SECRET_OF_THE_SHELL: 'secret',
      },
    }).then(
      ({ stdout, stderr }) => ({ status: 0, stdout, stderr }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
        status: code,
        stdout,
        stderr,
      }),
    )

  it('shows its key, and what the server knows of it', async () => {
    await grant({})
    const { stdout } = await cli('device', 'show', '--json')
    const shown = JSON.parse(stdout) as { thumbprint: string; publicJwk: object; server: { state: string } }
    expect([shown.thumbprint, shown.server.state]).toEqual([key.thumbprint, 'approved'])
    expect(shown.publicJwk).not.toHaveProperty('d')
    expect((await cli('device', 'init')).status).toBe(5)
  })

  describe.skipIf(!canTry)('in a sandbox', () => {
    it('runs a command with weights, and lets out what it wrote', async () => {
      const { id } = await grant({ use: 'run' })
      const out = join(folder.path, 'out')
      const script =
        'cd /weights; sha256sum model.safetensors.bin deep/er/config.json; env | grep -i secret; echo done >/out/result; exit 9'
      const ran = await cli('run', '--grant', id, '--out', out, '--', '/bin/sh', '-c', script)
      expect(ran.stdout).toBe(`${sha256(WEIGHTS)}  model.safetensors.bin\n${sha256(SMALL)}  deep/er/config.json\n`)
      expect(ran.status).toBe(9)
      expect(readFileSync(join(out, 'result'), 'utf8')).toBe('done\n')
      expect(ran.stderr).toMatch(/safelevel: orca\/1: the command ended with 9, printed 1\d\d B/)
      expect(ran.stderr).toContain('1 files, 5 B, let out to')
    })

    it('opens only the files that are named', async () => {
      const { id } = await grant({ use: 'run' })
      const ran = await cli(
        'run',
        '--json',
        '--grant',
        id,
        '--file',
        'deep/er/config.json',
        '--',
        'find',
        '/weights',
        '-type',
        'f',
      )
      expect(ran.stdout).toBe('/weights/deep/er/config.json\n')
      expect(JSON.parse(ran.stderr)).toMatchObject({
        status: 0,
        grant: id,
        version: 'orca/1',
        out: [],
        destination: null,
      })
      expect((await cli('run', '--grant', id, '--file', 'other', '--', 'true')).status).toBe(4)
    })

    it('ends when its grant is revoked', async () => {
      const { id } = await grant({ use: 'run' })
      const seconds = '1000.25'
      const running = cli('run', '--grant', id, '--', '/bin/sh', '-c', `echo began; exec sleep ${seconds}`)
      await vi.waitFor(() => expect(processes().map(({ command }) => command)).toContain(`sleep ${seconds} `), {
        timeout: 20_000,
        interval: 100,
      })
      await home.app.weights.access.grants.revoke(id, { type: 'operator', id: 'test' }, 'a test')
      const ran = await running
      expect([ran.status, ran.stdout]).toEqual([3, 'began\n'])
      expect(ran.stderr).toContain('the grant was revoked')
    })

    it('goes on when all that its grant gives was read', async () => {
      const { id } = await grant({ use: 'run' }, WEIGHTS.length + SMALL.length)
      const ran = await cli('run', '--grant', id, '--', '/bin/sh', '-c', 'sleep 3; echo still')
      expect([ran.status, ran.stdout]).toEqual([0, 'still\n'])
      expect((await cli('run', '--grant', id, '--', 'true')).status).toBe(3)
    })

    it.each([
      ['a grant for another use', { use: 'program' }, []],
      ['a grant of another device', { use: 'run', thumbprint: 'A'.repeat(43) }, []],
      ['a folder with the device key', { use: 'run' }, ['--with', 'HOST']],
      ['the root', { use: 'run' }, ['--with', '/']],
      ['a secret of Safelevel', { use: 'run' }, ['--env', 'SAFELEVEL_TOKEN=x']],
    ] as const)('does not run with %s', async (_, fields, options) => {
      const { id } = await grant(fields)
      const given = options.map((word) => (word === 'HOST' ? join(folder.path, 'host') : word))
      const ran = await cli('run', '--grant', id, ...given, '--', 'echo', 'ran')
      expect([ran.stdout, ran.status > 1]).toEqual(['', true])
    })
  })

  describe('exporting', () => {
    it('writes a registered copy, all of it', async () => {
      const { id } = await grant({ use: 'export', copy: 'copy_test' })
      const to = join(folder.path, 'export')
      const ran = await cli('get', '--grant', id, '--to', to, '--json')
      expect(ran.stderr).toBe('')
      expect(JSON.parse(ran.stdout)).toMatchObject({ copy: 'copy_test', version: 'orca/1' })
      expect(readFileSync(join(to, 'model.safetensors.bin')).equals(WEIGHTS)).toBe(true)
      expect(readdirSync(to, { recursive: true }).sort()).toEqual([
        'deep',
        'deep/er',
        'deep/er/config.json',
        'model.safetensors.bin',
      ])
    })

    it('is refused without one, and keeps nothing when it stops half-way', async () => {
      const to = join(folder.path, 'refused')
      const { id } = await grant({ use: 'export' })
      expect((await cli('get', '--grant', id, '--to', to)).stderr).toContain('this grant makes no copy')
      const short = await grant({ use: 'export', copy: 'copy_test' }, 1_000_000)
      const ran = await cli('get', '--grant', short.id, '--to', to)
      expect(ran.status).toBe(1)
      expect([existsSync(to), existsSync(`${to}.part`)]).toEqual([false, false])
    })
  })
})
