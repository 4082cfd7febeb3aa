import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { AppError } from '../base/errors.ts'
import { findModelFiles, type Upload } from '../weights/vault/index.ts'
import { type SendOptions, sendParts } from './vault-send.ts'

const PART = 1_000
const scratch = mkdtempSync(join(tmpdir(), 'safelevel-send-'))
let folders = 0

/** Takes parts as the server does; `answer` may refuse one. */
class Receiver {
  readonly parts = new Map<string, Buffer>()
  readonly answer: (key: string, tries: number) => void
  readonly #tries = new Map<string, number>()
  constructor(answer: (key: string, tries: number) => void = () => {}) {
    this.answer = answer
  }
  async put(path: string, blob: Blob): Promise<void> {
    const key = /files\/(\d+)\/parts\/(\d+)$/.exec(path)?.slice(1).join('/') ?? path
    const tries = (this.#tries.get(key) ?? 0) + 1
    this.#tries.set(key, tries)
    // What can't be read is an answer that does not come, to whoever sends.
    const copy = Buffer.from(
      await blob.arrayBuffer().catch((cause: unknown) => {
        throw new AppError('UPSTREAM_UNAVAILABLE', 'gone', { cause })
      }),
    )
    this.answer(key, tries)
    if (this.parts.has(key)) throw new Error(`${key} came twice`)
    this.parts.set(key, copy)
  }
}

async function sending(contents: readonly Buffer[], stored: readonly (readonly number[])[] = []) {
  const root = join(scratch, String(++folders))
  mkdirSync(root)
  const before = new Date(Date.now() - 60_000)
  for (const [i, content] of contents.entries()) {
    const path = join(root, `${String(i).padStart(3, '0')}.bin`)
    writeFileSync(path, content)
    utimesSync(path, before, before)
  }
  const files = await findModelFiles(root)
  const upload: Upload = {
    ...{ id: 'upl_1', model: 'atlas', version: 'one', state: 'open', receipt: null },
    files: files.map(({ path, sizeBytes }, i) => ({
      ...{ path, sizeBytes, partBytes: PART, parts: Math.max(1, Math.ceil(sizeBytes / PART)) },
      stored: [...(stored[i] ?? [])],
    })),
    ...{ beganAt: new Date(Date.now() - 30_000).toISOString(), endsAt: new Date(Date.now() + 1e9).toISOString() },
    by: { type: 'operator', id: 'operator' },
  }
  const seen: number[] = []
  const options = (client: Receiver): SendOptions => ({
    ...{ client, root, upload, files, wait: async () => {}, signal: new AbortController().signal },
    onProgress: (done) => void seen.push(done),
  })
  return { root, upload, options, seen }
}

describe('sending files into the vault', () => {
  afterAll(() => rmSync(scratch, { recursive: true }))

  it('sends every part that is not in, once, byte for byte', async () => {
    const Sizes = fc.array(fc.record({ size: fc.nat(4_500), stored: fc.uniqueArray(fc.nat(4)) }), {
      minLength: 1,
      maxLength: 4,
    })
    await fc.assert(
      fc.asyncProperty(Sizes, async (given) => {
        const contents = given.map(({ size }) => randomBytes(size))
        const parts = given.map(({ size }) => Math.max(1, Math.ceil(size / PART)))
        const stored = given.map(({ stored: some }, i) => some.filter((part) => part < (parts[i] ?? 0)))
        const { options, seen } = await sending(contents, stored)
        const receiver = new Receiver()
        await sendParts(options(receiver))
        const total = contents.reduce((sum, { length }) => sum + length, 0)
        expect(seen.at(-1)).toBe(total)
        expect(seen).toEqual(seen.toSorted((a, b) => a - b))
        for (const [i, content] of contents.entries())
          for (let part = 0; part < (parts[i] ?? 0); part += 1) {
            const sent = receiver.parts.get(`${i}/${part}`)
            if (stored[i]?.includes(part)) expect(sent).toBeUndefined()
            else expect(sent?.equals(content.subarray(part * PART, (part + 1) * PART))).toBe(true)
          }
      }),
      { numRuns: 40 },
    )
  })

  it('sends again what did not arrive, and not what was refused', async () => {
    const { options } = await sending([randomBytes(5_000)])
    const lost = new Receiver((key, tries) => {
      if (key === '0/2' && tries < 3) throw new AppError('UPSTREAM_UNAVAILABLE', 'gone')
    })
    await sendParts(options(lost))
    expect(lost.parts.size).toBe(5)
    let refusals = 0
    const refused = new Receiver((key) => {
      if (key !== '0/1') return
      refusals += 1
      throw new AppError('CONFLICT', 'no')
    })
    const again = await sending([randomBytes(5_000)])
    await expect(sendParts(again.options(refused))).rejects.toMatchObject({ code: 'CONFLICT', message: 'no' })
    expect(refusals).toBe(1)
    const never = new Receiver(() => {
      throw new AppError('UPSTREAM_UNAVAILABLE', 'gone')
    })
    const third = await sending([randomBytes(10)])
    await expect(sendParts(third.options(never))).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
  })

  it.each([
    ['longer', (path: string) => appendFileSync(path, 'x')],
    ['shorter', (path: string) => truncateSync(path, 1_500)],
    ['other bytes', (path: string) => writeFileSync(path, randomBytes(9_000))],
  ])('finds out when a file becomes %s while it is sent', async (_, change) => {
    const { root, options } = await sending([randomBytes(9_000)])
    let changed = false
    const receiver = new Receiver((key) => {
      if (changed || key === '0/0') return
      changed = true
      change(join(root, '000.bin'))
    })
    await expect(sendParts(options(receiver))).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('does not go on with a file that was written to since parts of it were sent', async () => {
    const { root, upload, options } = await sending([randomBytes(3_000)], [[0]])
    const path = join(root, '000.bin')
    const now = new Date()
    utimesSync(path, now, now)
    const files = await findModelFiles(root)
    const receiver = new Receiver()
    const sent = sendParts({ ...options(receiver), files, upload })
    await expect(sent).rejects.toThrow('file 0 was written to since parts of it were sent: say --anew')
    expect(receiver.parts.size).toBe(0)
  })

  it('stops when it is told to', async () => {
    const { options } = await sending([randomBytes(50_000)])
    const stop = new AbortController()
    const receiver = new Receiver((key) => {
      if (key === '0/5') stop.abort()
    })
    await expect(sendParts({ ...options(receiver), signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' })
    expect(receiver.parts.size).toBeLessThan(12)
  })
})
