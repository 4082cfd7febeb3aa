import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { auditLedger } from '../../src/ledger/audit.ts'
import { type DurableFile, type LedgerFiles, nodeFiles } from '../../src/ledger/files.ts'
import { folderSource, type Ledger, openCheckpoint, parseVkey, Segments } from '../../src/ledger/index.ts'
import { event, openLedger, temporaryFolder } from './support.ts'

/** A file system that fails on command, and, like a real one, only after taking part of what it was given. */
class FailingFiles implements LedgerFiles {
  /** Operations until the next failure; each draws one. */
  countdown = Number.POSITIVE_INFINITY
  /** Operations that fail from then on. */
  failures = 0
  code = 'ENOSPC'

  #draw(): boolean {
    if (this.countdown-- > 0) return false
    return this.failures-- > 0
  }
  #error(): Error {
    return Object.assign(new Error(`${this.code}: injected`), { code: this.code })
  }
  async open(path: string): Promise<DurableFile> {
    const file = await nodeFiles.open(path)
    return {
      write: async (bytes, offset) => {
        if (this.#draw()) {
          await file.write(bytes.subarray(0, Math.floor(bytes.length / 2)), offset)
          throw this.#error()
        }
        await file.write(bytes, offset)
      },
      size: () => file.size(),
      truncate: (size) => file.truncate(size),
      inPlace: () => file.inPlace(),
      close: () => file.close(),
    }
  }
  async replace(path: string, temporary: string, bytes: Uint8Array, mode: number): Promise<void> {
    if (this.#draw()) {
      await nodeFiles.replace(temporary, `${temporary}.part`, bytes.subarray(0, bytes.length / 2), mode)
      throw this.#error()
    }
    await nodeFiles.replace(path, temporary, bytes, mode)
  }
  makeFolder(path: string, mode: number): Promise<void> {
    return nodeFiles.makeFolder(path, mode)
  }
  async syncFolder(path: string): Promise<void> {
    if (this.#draw()) throw this.#error()
    await nodeFiles.syncFolder(path)
  }
}

/** Repeatable randomness. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

async function checkAll(dir: string, ledger: Ledger, acknowledged: Map<number, string>) {
  const checkpoint = await openCheckpoint(ledger.checkpoint(), parseVkey(ledger.vkey))
  const segments = await Segments.open(join(dir, 'ledger', 'private'))
  await auditLedger({ source: folderSource(join(dir, 'ledger', 'public')), checkpoint, segments })
  for (const [position, id] of acknowledged) expect((await ledger.entry(position)).event?.id).toBe(id)
  return checkpoint.size
}

describe('a disk that fails', () => {
  it.each(['ENOSPC', 'EIO'])(
    'never loses what was acknowledged, nor corrupts the log: %s at random points',
    async (code) => {
      for (let seed = 1; seed <= 12; seed++) {
        const dir = await temporaryFolder()
        const pick = random(seed)
        const files = new FailingFiles()
        files.code = code
        const ledger = await openLedger(dir, { files, segmentBytes: 8192, checkpointIntervalMs: 10 })
        const acknowledged = new Map<number, string>()
        files.countdown = pick(60)
        files.failures = 1 + pick(3)
        for (let round = 0; round < 30; round++) {
          const batch = Array.from({ length: 1 + pick(8) }, (_, i) => event(round * 100 + i))
          const results = await Promise.allSettled(batch.map((item) => ledger.append(item)))
          results.forEach((result, i) => {
            if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
            else acknowledged.set(result.value.position, batch[i]?.id ?? '')
          })
        }
        files.failures = 0
        await ledger.close().catch(() => undefined)
        const reopened = await openLedger(dir)
        expect(reopened.size).toBeGreaterThanOrEqual(acknowledged.size)
        await reopened.append(event(9999))
        await reopened.integrated(reopened.size - 1)
        expect(await checkAll(dir, reopened, acknowledged)).toBe(reopened.size)
        await reopened.close()
      }
    },
  )

  it('seals, says why, and records again by itself once there is space', async () => {
    const dir = await temporaryFolder()
    const files = new FailingFiles()
    await using ledger = await openLedger(dir, { files })
    const acknowledged = new Map<number, string>()
    await ledger.append(event(0)).then(({ position }) => acknowledged.set(position, event(0).id))
    await ledger.integrated(0)
    files.countdown = 0
    files.failures = Number.POSITIVE_INFINITY
    await expect(ledger.append(event(1))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect(ledger.health()).toMatchObject({ state: 'sealed', reason: 'the disk is full', size: 1 })
    await expect(ledger.append(event(2))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    files.failures = 0
    await expect.poll(() => ledger.health().state, { timeout: 5000 }).toBe('ok')
    const { position } = await ledger.append(event(3))
    expect(position).toBe(1)
    acknowledged.set(position, event(3).id)
    await ledger.integrated(position)
    await checkAll(dir, ledger, acknowledged)
  })

  it('goes on recording when only the public files can’t be written, and catches up', async () => {
    const dir = await temporaryFolder()
    const files = new FailingFiles()
    const replace = files.replace.bind(files)
    let broken = false
    files.replace = (path, ...rest) =>
      broken && path.includes('public')
        ? Promise.reject(Object.assign(new Error('injected'), { code: 'EIO' }))
        : replace(path, ...rest)
    await using ledger = await openLedger(dir, { files, maxUnpublished: 700 })
    broken = true
    for (let n = 0; n < 600; n += 100)
      await Promise.all(Array.from({ length: 100 }, (_, i) => ledger.append(event(n + i))))
    await expect.poll(() => ledger.health().state).toBe('degraded')
    expect(ledger.health()).toMatchObject({ reason: 'writing failed (EIO)', size: 600, publishedSize: 0 })
    await Promise.all(Array.from({ length: 100 }, (_, i) => ledger.append(event(600 + i))))
    await expect(ledger.append(event(701))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    broken = false
    await expect.poll(() => ledger.health().state).toBe('ok')
    expect(await checkAll(dir, ledger, new Map())).toBe(700)
  })
})
