import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { vaultCommand } from '../../src/cli/vault.ts'
import { createDeviceKey, VaultClient } from '../../src/cli/vault-client/index.ts'
import { type SignedIn, signInAs } from '../support/app-staff.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'

const MODEL = 'atlas'
const VERSION = 'step-9000'
const ID = `${MODEL}/${VERSION}`
const OPERATOR = { type: 'operator', id: 'operator' } as const
/** Several parts, and not a whole number of segments. */
const WEIGHTS = randomBytes(20_000_003)

/** One tensor of bytes. */
function safetensors(length: number): Buffer {
  const header = JSON.stringify({ w: { dtype: 'U8', shape: [length], data_offsets: [0, length] } })
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([size, Buffer.from(header), randomBytes(length)])
}

describe('weights from the vault to a program', () => {
  let running: RunningApp
  let engineer: SignedIn
  let approver: SignedIn
  let ciso: SignedIn
  let client: VaultClient
  const scratch = mkdtempSync(join(tmpdir(), 'safelevel-weights-'))

  const command = async (...args: string[]) => {
    const printed: string[] = []
    const written = [
      vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(`${line}\n`)),
      vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0),
    ]
    try {
      const env = { SAFELEVEL_URL: running.controlUrl, SAFELEVEL_TOKEN: running.app.operatorToken }
      await vaultCommand(env)
        .exitOverride()
        .parseAsync(['node', 'vault', ...args])
    } finally {
      for (const spy of written) spy.mockRestore()
    }
    return printed.join('').trimEnd()
  }
  const answer = async (response: Response) => {
    const body = (await response.json()) as Record<string, never>
    expect([response.status, body]).toEqual([expect.toSatisfy((status: number) => status < 300), expect.anything()])
    return body
  }
  const ask = async (by: SignedIn, action: string, payload: unknown) => {
    const body = { action, payload, reason: 'for the test' }
    return String((await answer(await by.send('POST', '/api/v1/approvals', body))).id)
  }
  const agree = async (by: SignedIn, approval: string) => {
    const options = await answer(await by.send('POST', `/api/v1/approvals/${approval}/options`))
    const assertion = by.key.get({ challenge: String(options.challenge) })
    return await answer(await by.send('POST', `/api/v1/approvals/${approval}/approve`, { assertion }))
  }
  const draft = async (budgetBytes: number, version = ID) => {
    const asked = { version, files: ['*'], purpose: 'compare activations', use: 'program' as const, budgetBytes }
    return await client.draft({ ...asked, windowMinutes: 60 })
  }
  /** Drafted by the device, confirmed by its person, agreed to by an approver. */
  const granted = async (budgetBytes: number, version = ID) => {
    const { id } = await draft(budgetBytes, version)
    const confirmed = await answer(await engineer.send('POST', `/api/v1/weights/drafts/${id}/confirmation`))
    await agree(approver, String(confirmed.approval))
    const { grant } = await client.progress(id)
    if (grant === null) throw new Error('agreed to, and not given')
    return grant
  }
  const bytesOf = async (grant: string, start: number, length: number) => {
    const session = await client.session(grant)
    const [file] = (await session.files()).toSorted((a, b) => b.sizeBytes - a.sizeBytes)
    if (file === undefined) throw new Error('the grant covers no file')
    const headers = { range: `bytes=${start}-${start + length - 1}` }
    const about = { token: session.view.token, headers, signal: AbortSignal.timeout(10_000) }
    const response = await client.open('GET', `/files/${file.n}`, about)
    const chunks: Uint8Array[] = []
    for await (const chunk of response.body ?? []) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  beforeAll(async () => {
    running = await startApp()
    const key = await createDeviceKey(join(scratch, 'device.key'))
    client = new VaultClient({ url: running.controlUrl, key })
    engineer = await signInAs(running, ['security_engineer'])
    approver = await signInAs(running, ['weights_approver'])
    ciso = await signInAs(running, ['ciso'])
    writeFileSync(join(scratch, 'weights.bin'), WEIGHTS)
  }, 60_000)
  afterAll(async () => {
    await running?.[Symbol.asyncDispose]()
    rmSync(scratch, { recursive: true })
  })

  it('are put in by the operator, encrypted, and shown', async () => {
    const put = await command('put', join(scratch, 'weights.bin'), '--model', MODEL, '--version', VERSION, '--json')
    expect(JSON.parse(put)).toMatchObject({ id: ID, state: 'sealed', sizeBytes: WEIGHTS.length, fileCount: 1 })
    expect(await command('ls')).toContain(`${ID}  sealed  20 MB in 1 file`)
    expect(await command('show', ID)).toContain('weights.bin')
    for await (const { bytes } of running.storedFiles())
      expect(bytes.includes(WEIGHTS.subarray(5_000, 5_032))).toBe(false)
  })

  it('are put in as a folder with an empty file, and not twice', async () => {
    const folder = join(scratch, 'folder')
    mkdirSync(join(folder, 'nested'), { recursive: true })
    writeFileSync(join(folder, 'empty.txt'), '')
    writeFileSync(join(folder, 'nested', 'a.bin'), randomBytes(70_000))
    expect(await command('put', folder, '--model', 'borea', '--version', 'one')).toContain(
      'borea/one  sealed  70 kB in 2 files',
    )
    await expect(command('put', folder, '--model', 'borea', '--version', 'one')).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    symlinkSync('/etc/passwd', join(folder, 'link'))
    await expect(command('put', folder, '--model', 'borea', '--version', 'two')).rejects.toThrow(
      'a link, a pipe or a device',
    )
    await expect(command('put', join(scratch, 'none'), '--model', 'b', '--version', 'c')).rejects.toThrow(
      'there is nothing at',
    )
  })

  it('refuse parts that are too short, too long or of no upload', async () => {
    const send = (path: string, body: Uint8Array<ArrayBuffer>) =>
      fetch(`${running.controlUrl}/api/v1/weights/uploads/${path}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${running.app.operatorToken}` },
        body,
      })
    const files = [{ path: 'a', sizeBytes: 100 }]
    const { id } = await running.app.weights.vault.uploads.begin({ model: 'borea', version: 'bad', files }, OPERATOR)
    for (const [path, size, status] of [
      [`${id}/files/0/parts/0`, 0, 400],
      [`${id}/files/0/parts/0`, 99, 400],
      [`${id}/files/0/parts/0`, 101, 400],
      [`${id}/files/0/parts/1`, 100, 400],
      [`${id}/files/1/parts/0`, 100, 404],
      [`${id}/files/x/parts/0`, 100, 400],
      ['upl_none/files/0/parts/0', 100, 404],
      [`${id}/files/0/parts/0`, 100, 204],
    ] as const)
      expect([path, size, (await send(path, randomBytes(size))).status]).toEqual([path, size, status])
  })

  it('are opened by a device that was let in, under a grant that others signed, byte for byte', async () => {
    const device = await answer(
      await engineer.send('POST', '/api/v1/weights/devices', {
        ...{ name: 'workstation', kind: 'person', publicJwk: client.key.publicJwk },
      }),
    )
    await expect(draft(1_000)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    const { id, thumbprint, name, host, personId, environment } = device
    const request = { device: id, thumbprint, name, host, personId, environment }
    await agree(approver, await ask(engineer, 'weights.device', request))
    const grant = await granted(WEIGHTS.length)
    expect((await bytesOf(grant.id, 7_000_001, 4_000_000)).equals(WEIGHTS.subarray(7_000_001, 11_000_001))).toBe(true)
    const shown = await answer(await engineer.send('GET', `/api/v1/weights/grants/${grant.id}`))
    expect(shown.usedBytes).toBeGreaterThanOrEqual(4_000_000)
    const { items } = await answer(await ciso.send('GET', `/api/v1/weights/coverage?version=${ID}`))
    expect(items).toMatchObject([{ personId: engineer.id, version: ID }])
    expect(await command('grants')).toContain(`${grant.id}  active  ${ID}`)
  })

  it('are opened no further than the budget, by nobody after a revocation', async () => {
    const small = await granted(1_000)
    await expect(bytesOf(small.id, 0, 1_001)).rejects.toThrow()
    expect(await bytesOf(small.id, 0, 1_000)).toHaveLength(1_000)
    const grant = await granted(5_000)
    expect(await command('revoke', grant.id, '--reason', 'drill')).toContain('revoked')
    await expect(bytesOf(grant.id, 0, 10)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('are locked by one, and opened again by two', async () => {
    const grant = await granted(5_000)
    expect(await command('lock', MODEL, '--reason', 'drill')).toContain('stands')
    await expect(bytesOf(grant.id, 0, 10)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const { items } = await answer(await ciso.send('GET', '/api/v1/weights/locks'))
    const [{ id, model }] = items as unknown as [{ id: string; model: string }]
    await agree(ciso, await ask(engineer, 'weights.unlock', { lock: id, model }))
    expect(await bytesOf(grant.id, 0, 10)).toHaveLength(10)
  })

  it('are what the release gate asks for, and are locked by the response to a threshold', async () => {
    const { registry } = running.app.modelRooms
    const { manifestDigest } = await running.app.weights.vault.versions.get('borea/one')
    await registry.lines.register({ model: 'borea' }, OPERATOR)
    const checkpoint = { model: 'borea', checkpoint: 'one', flops: 1e24, weightsDigest: manifestDigest }
    await registry.checkpoints.record(checkpoint, OPERATOR)
    const surfaces = [{ kind: 'api' as const, name: 'api', gatewayModels: ['scripted'] }]
    await registry.deployments.declare({ deployment: 'borea-api', checkpoint: 'borea/one', surfaces }, OPERATOR)
    const containment = async () => {
      const { findings } = await running.app.release.check('borea-api')
      return findings.find(({ id }) => id === 'containment')
    }
    expect(await containment()).toMatchObject({ state: 'met' })
    const grant = await granted(1_000, 'borea/one')
    expect(await bytesOf(grant.id, 0, 10)).toHaveLength(10)
    const lock = await fetch(`${running.controlUrl}/api/v1/response/cases/training/borea/steps`, {
      method: 'POST',
      headers: { authorization: `Bearer ${running.app.operatorToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ step: 'lock', reason: 'beyond what can be contained' }),
    })
    expect(lock.status).toBe(201)
    await expect(bytesOf(grant.id, 0, 10)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await containment()).toMatchObject({ state: 'missing', says: expect.stringContaining('locked') })
  })

  it('are whole, signed and listed', async () => {
    const lines = (await command('fsck', '--deep', '--json')).split('\n').map((line) => JSON.parse(line))
    expect(lines).toEqual([{ type: 'done', findings: 0, bytes: WEIGHTS.length + 70_000 }])
    expect(JSON.parse(await command('signature', ID))).toHaveProperty('dsseEnvelope')
    expect(JSON.parse(await command('bom', ID))).toMatchObject({ bomFormat: 'CycloneDX' })
    expect(await command('rotate', MODEL)).toContain('key version')
  })

  it('are found where no copy is registered, and not reproached where one is', async () => {
    const place = join(scratch, 'storage')
    mkdirSync(place)
    const file = join(place, 'model.safetensors')
    writeFileSync(file, safetensors(300_000))
    await command('put', file, '--model', 'cirrus', '--version', 'one')
    const scan = async () => {
      const before = process.exitCode
      const found = await command('scan', place, '--min-size', '1kB', '--host', 'lab-7', '--json')
      const code = process.exitCode
      process.exitCode = before
      return [code, ...found.split('\n').map((line) => JSON.parse(line))]
    }
    expect(await scan()).toMatchObject([1, { standing: 'stray', version: 'cirrus/one' }, { verdict: 'found' }])
    const copy = { version: 'cirrus/one', place: `lab-7:${place}`, owner: engineer.id, days: 7 }
    await answer(await ciso.send('POST', '/api/v1/weights/copies', copy))
    expect(await scan()).toMatchObject([undefined, { standing: 'registered' }, { verdict: 'clean' }])
  })

  it('are told to be damaged when they are, and not opened', async () => {
    await command('put', join(scratch, 'weights.bin'), '--model', 'damaged', '--version', 'one')
    const grant = await granted(WEIGHTS.length, 'damaged/one')
    // An object lies in parts of 16 MiB: this is what comes after the first.
    for await (const { name, bytes } of running.storedFiles()) {
      if (!name.includes('/weights/') || bytes.length < 1_000_000 || bytes.length > 10_000_000) continue
      bytes[1_000_000] = (bytes[1_000_000] ?? 0) ^ 1
      writeFileSync(name, bytes)
    }
    const before = process.exitCode
    const found = await command('fsck', '--version', 'damaged/one', '--deep')
    expect([found, process.exitCode]).toEqual([expect.stringContaining('damaged/one file 0  file_damaged'), 1])
    process.exitCode = before
    await expect(bytesOf(grant.id, 17_000_000, 2_000_000)).rejects.toThrow()
    expect(await bytesOf(grant.id, 0, 1_000)).toHaveLength(1_000)
  })

  it('are erased by two, and then nobody opens them', async () => {
    const grant = await granted(5_000)
    await agree(ciso, await ask(engineer, 'weights.erase', { version: ID, reason: 'for the test' }))
    await expect(bytesOf(grant.id, 0, 10)).rejects.toThrow()
    const { state } = await answer(await ciso.send('GET', `/api/v1/weights/versions/${ID}`))
    expect(state).toBe('erased')
  })

  it('leave no name of a file and no purpose on the ledger', async () => {
    const { ledger } = running.app
    const texts = (await ledger.entries(0, 1_000)).map((entry) => JSON.stringify(entry.event))
    const about = texts.filter((text) => text.includes('"weights.'))
    expect(about.length).toBeGreaterThan(10)
    for (const text of about) {
      expect(text).not.toContain('weights.bin')
      expect(text).not.toContain('compare activations')
    }
  })
})
