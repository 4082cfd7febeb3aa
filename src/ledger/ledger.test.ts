import { cp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { event, openLedger, record, temporaryFolder } from '../../test/ledger/support.ts'
import { AppError } from '../base/errors.ts'
import { auditLedger } from './audit.ts'
import { folderSource, type Ledger, openCheckpoint, parseVkey, Segments, verifyDisclosure } from './index.ts'
import { segmentName } from './segments.ts'

const small = { segmentBytes: 4096 }

async function audit(dir: string, ledger: Ledger) {
  const source = folderSource(join(dir, 'ledger', 'public'))
  const checkpoint = await openCheckpoint(ledger.checkpoint(), parseVkey(ledger.vkey))
  return auditLedger({ source, checkpoint, segments: await Segments.open(join(dir, 'ledger', 'private')) })
}

describe('a ledger', () => {
  it('numbers entries from 0 without gap and gives them back', async () => {
    const dir = await temporaryFolder()
    await using ledger = await openLedger(dir, small)
    const positions = await Promise.all(Array.from({ length: 300 }, (_, i) => ledger.append(event(i))))
    expect(positions.map(({ position }) => position)).toEqual(Array.from({ length: 300 }, (_, i) => i))
    expect(await ledger.entry(299)).toMatchObject({ position: 299, event: event(299) })
    await record(ledger, 300, 400)
    const page = await ledger.entries(120, 100)
    expect(page.map((entry) => entry.event)).toEqual(Array.from({ length: 100 }, (_, i) => event(120 + i)))
    expect(await ledger.entries(399, 100)).toHaveLength(1)
    expect(await ledger.entries(400, 100)).toEqual([])
    expect((await readdir(join(dir, 'ledger', 'private'))).length).toBeGreaterThan(4)
  })

  it('finds an event by its id, not by another id that it holds', async () => {
    await using ledger = await openLedger(await temporaryFolder(), small)
    await record(ledger, 0, 100)
    expect(await ledger.find(event(42).id)).toMatchObject({ position: 42 })
    expect(await ledger.find('req_42')).toBeNull()
    expect(await ledger.find('dec_nobody')).toBeNull()
  })

  it('refuses positions that do not exist', async () => {
    await using ledger = await openLedger(await temporaryFolder())
    for (const position of [0, -1, 0.5, Number.NaN, 2 ** 60])
      await expect(ledger.entry(position)).rejects.toMatchObject({ code: 'LEDGER_ENTRY_NOT_FOUND' })
    await expect(ledger.proof(0)).rejects.toMatchObject({ code: 'LEDGER_ENTRY_NOT_FOUND' })
  })

  it('proves each entry under the checkpoint', async () => {
    await using ledger = await openLedger(await temporaryFolder())
    await record(ledger, 0, 20)
    for (let position = 0; position < 20; position++) {
      const proof = await ledger.proof(position)
      const log = parseVkey(ledger.vkey)
      expect((await verifyDisclosure(proof, log)).size).toBe(20)
      await expect(verifyDisclosure({ ...proof, event: event(99) }, log)).rejects.toThrow()
      await expect(verifyDisclosure({ ...proof, position: (position + 1) % 20 }, log)).rejects.toThrow()
    }
  })

  it('refuses an event that is too large or not JSON, and goes on', async () => {
    await using ledger = await openLedger(await temporaryFolder())
    const bad = [
      event(0, { big: 'x'.repeat(33_000) }),
      event(0, { big: '€'.repeat(11_000) }),
      event(0, { n: Number.NaN }),
      event(0, { s: '\ud800' }),
      event(0, JSON.parse('{"a":{"__proto__":1}}')),
      { ...event(0), kind: 'Not A Kind' },
      { ...event(0), time: 'yesterday' },
    ]
    for (const item of bad) await expect(ledger.append(item)).rejects.toMatchObject({ code: 'INTERNAL' })
    await record(ledger, 0, 3)
    expect(ledger.size).toBe(3)
    const largest = event(3, { big: 'x'.repeat(32_000) })
    const { position } = await ledger.append(largest)
    expect((await ledger.entry(position)).event).toEqual(largest)
  })

  it('keeps any event exactly', async () => {
    await using ledger = await openLedger(await temporaryFolder())
    const log = parseVkey(ledger.vkey)
    const data = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ stringUnit: 'grapheme' }))
    await fc.assert(
      fc.asyncProperty(data, async (value) => {
        fc.pre(!JSON.stringify(value).includes('__proto__'))
        const item = event(0, JSON.parse(JSON.stringify(value)))
        const { position } = await ledger.append(item)
        expect((await ledger.entry(position)).event).toEqual(item)
        await verifyDisclosure(await ledger.proof(position), log)
      }),
      { numRuns: 40 },
    )
  })

  it('refuses what its queue cannot hold, instead of growing', async () => {
    await using ledger = await openLedger(await temporaryFolder(), { maxQueued: 10 })
    const results = await Promise.allSettled(Array.from({ length: 30 }, (_, i) => ledger.append(event(i))))
    const refused = results.filter((result) => result.status === 'rejected')
    expect(refused).toHaveLength(20)
    expect(refused[0]?.reason).toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect(ledger.size).toBe(10)
    await record(ledger, 10, 15)
  })

  it('answers after it was closed', async () => {
    const ledger = await openLedger(await temporaryFolder())
    const pending = Promise.all([ledger.append(event(0)), ledger.append(event(1))])
    await ledger.close()
    expect(await pending).toHaveLength(2)
    await expect(ledger.append(event(2))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect(ledger.health()).toMatchObject({ state: 'closed', size: 2, publishedSize: 2 })
  })
})

describe('reopening', () => {
  it('goes on at any size, with one log that stays consistent', async () => {
    const dir = await temporaryFolder()
    let size = 0
    for (const more of [0, 1, 2, 252, 1, 1, 0, 300]) {
      const ledger = await openLedger(dir, small)
      expect(ledger.health()).toMatchObject({ size, publishedSize: size, state: 'ok' })
      await record(ledger, size, size + more)
      size += more
      await ledger.close()
      await audit(dir, ledger)
    }
    await using ledger = await openLedger(dir)
    for (const position of [0, 255, 256, size - 1])
      expect((await ledger.entry(position)).event).toEqual(event(position))
  })

  it('publishes what was recorded but not published', async () => {
    const dir = await temporaryFolder()
    const lost = await openLedger(dir, { checkpointIntervalMs: 1000 })
    await Promise.all(Array.from({ length: 600 }, (_, i) => lost.append(event(i))))
    const copy = await temporaryFolder()
    await cp(dir, copy, { recursive: true })
    await lost.close()
    const ledger = await openLedger(copy)
    expect(ledger.health()).toMatchObject({ size: 600, publishedSize: 600 })
    await ledger.close()
    expect(await audit(copy, ledger)).toEqual({ bodies: { checked: 600, erased: 0 } })
  })

  it('cuts off a torn end, whatever it holds', async () => {
    const dir = await temporaryFolder()
    let ledger = await openLedger(dir)
    await record(ledger, 0, 10)
    await ledger.close()
    const segment = join(dir, 'ledger', 'private', segmentName(0))
    const whole = await readFile(segment)
    const later = await openLedger(dir)
    await record(later, 10, 11)
    await later.close()
    const eleventh = (await readFile(segment)).subarray(whole.length)
    await rm(dir, { recursive: true })
    const tears = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(eleventh.length - 1).map((n) => eleventh.subarray(0, n)),
    )
    await fc.assert(
      // As in the room that is made ahead: nothing, or zeros behind what was written.
      fc.asyncProperty(tears, fc.constantFrom(0, 5_000), async (tear, zeros) => {
        const torn = await temporaryFolder()
        ledger = await openLedger(torn)
        await record(ledger, 0, 10)
        await ledger.close()
        const file = join(torn, 'ledger', 'private', segmentName(0))
        await writeFile(file, Buffer.concat([tear], tear.length + zeros), { flag: 'a' })
        const reopened = await openLedger(torn)
        expect(reopened.size).toBe(10)
        await record(reopened, 10, 12)
        await reopened.close()
        expect(await audit(torn, reopened)).toEqual({ bodies: { checked: 12, erased: 0 } })
      }),
      { numRuns: 15 },
    )
  })

  it('makes room ahead, which a kill leaves behind and a close does not', async () => {
    const dir = await temporaryFolder()
    const killed = await temporaryFolder()
    const open = await openLedger(dir)
    await record(open, 0, 10)
    await open.integrated(9)
    const segment = join('ledger', 'private', segmentName(0))
    const length = async (folder: string) => (await stat(join(folder, segment))).size
    const lengthened = await length(dir)
    await record(open, 10, 20)
    expect(await length(dir)).toBe(lengthened)
    await cp(dir, killed, { recursive: true })
    await open.close()
    expect(await length(killed)).toBe(lengthened)
    const reopened = await openLedger(killed)
    expect(reopened.size).toBe(20)
    await reopened.close()
    expect(await audit(killed, reopened)).toEqual({ bodies: { checked: 20, erased: 0 } })
    expect(await readFile(join(killed, segment))).toEqual(await readFile(join(dir, segment)))
    expect(await length(dir)).toBeLessThan(20_000)
  })

  it('leaves no room behind in a segment that is full', async () => {
    const dir = await temporaryFolder()
    const ledger = await openLedger(dir, small)
    for (let at = 0; at < 80; at += 10) await record(ledger, at, at + 10)
    const segments = await Segments.open(join(dir, 'ledger', 'private'))
    expect(segments.firsts.length).toBeGreaterThan(2)
    for (const first of segments.firsts.slice(0, -1)) {
      let end = 0
      for await (const page of segments.segmentPages(first))
        end = (page.at(-1)?.offset ?? 0) + (page.at(-1)?.sizeBytes ?? 0)
      expect((await stat(segments.path(first))).size).toBe(end)
    }
    await ledger.close()
  })

  it('rebuilds tiles that are missing or damaged', async () => {
    const dir = await temporaryFolder()
    const first = await openLedger(dir, small)
    await record(first, 0, 700)
    await first.close()
    const tile = join(dir, 'ledger', 'public', 'tile')
    const damage = [
      () => rm(tile, { recursive: true }),
      () => rm(join(tile, '0', '002.p'), { recursive: true }),
      () => writeFile(join(tile, '0', '002.p', '188'), Buffer.alloc(188 * 32)),
      () => truncate(join(tile, '1', '000.p', '2'), 10),
    ]
    for (const harm of damage) {
      await harm()
      const ledger = await openLedger(dir, small)
      await ledger.close()
      expect(await audit(dir, ledger)).toEqual({ bodies: { checked: 700, erased: 0 } })
    }
    const ledger = await openLedger(dir, small)
    await record(ledger, 700, 800)
    await ledger.close()
    await audit(dir, ledger)
  })
})

describe('opening is refused', () => {
  async function closedLedger(entries: number) {
    const dir = await temporaryFolder()
    const ledger = await openLedger(dir, small)
    await record(ledger, 0, entries)
    await ledger.close()
    const privateDir = join(dir, 'ledger', 'private')
    const names = (await readdir(privateDir)).sort()
    return { dir, publicDir: join(dir, 'ledger', 'public'), segments: names.map((name) => join(privateDir, name)) }
  }
  const refusal = (why: RegExp) =>
    expect.objectContaining({ code: 'VERIFICATION_FAILED', message: expect.stringMatching(why) })

  it('when the segments are shorter than the checkpoint', async () => {
    const { dir, segments } = await closedLedger(30)
    const last = segments.at(-1) as string
    await truncate(last, (await stat(last)).size - 1)
    await expect(openLedger(dir)).rejects.toEqual(refusal(/data was lost/))
  })

  it('when segments are gone', async () => {
    const { dir, segments } = await closedLedger(30)
    await rm(segments.at(-1) as string)
    await expect(openLedger(dir)).rejects.toEqual(refusal(/data was lost/))
    for (const segment of segments.slice(0, -1)) await rm(segment)
    await expect(openLedger(dir)).rejects.toEqual(refusal(/segment files are missing/))
  })

  it('when the checkpoint is gone', async () => {
    const { dir, publicDir } = await closedLedger(30)
    await rm(join(publicDir, 'checkpoint'))
    await expect(openLedger(dir)).rejects.toEqual(refusal(/checkpoint is missing/))
  })

  it('when the key was changed', async () => {
    const { dir } = await closedLedger(3)
    await rm(join(dir, 'keys'), { recursive: true })
    await expect(openLedger(dir)).rejects.toEqual(refusal(/not signed by the key/))
  })

  it('when the segments are those of another history', async () => {
    const [here, other] = [await closedLedger(30), await closedLedger(30)]
    await rm(join(here.dir, 'ledger', 'private'), { recursive: true })
    await cp(join(other.dir, 'ledger', 'private'), join(here.dir, 'ledger', 'private'), { recursive: true })
    await expect(openLedger(here.dir)).rejects.toEqual(refusal(/do not lead to the published root/))
  })
})

describe('erasing', () => {
  it('removes body and salt from the disk and leaves the log valid', async () => {
    const dir = await temporaryFolder()
    const ledger = await openLedger(dir, small)
    await record(ledger, 0, 40)
    const secret = event(40, { reporter: 'somebody-by-name' })
    const { position } = await ledger.append(secret)
    const { salt } = await ledger.proof(position)
    await ledger.erase(position)
    await record(ledger, 41, 60)
    expect(await ledger.entry(position)).toMatchObject({ position, event: null })
    await expect(ledger.proof(position)).rejects.toMatchObject({ code: 'LEDGER_ENTRY_NOT_FOUND' })
    await ledger.close()
    expect(await audit(dir, ledger)).toEqual({ bodies: { checked: 59, erased: 1 } })
    for (const name of await readdir(join(dir, 'ledger'), { recursive: true })) {
      const path = join(dir, 'ledger', name)
      if (!(await stat(path)).isFile()) continue
      const bytes = await readFile(path)
      expect(bytes.includes('somebody-by-name'), name).toBe(false)
      expect(bytes.includes(Buffer.from(salt, 'base64')), name).toBe(false)
    }
    const reopened = await openLedger(dir, small)
    expect(reopened.size).toBe(60)
    await reopened.close()
  })

  it('is finished at the next start when it was interrupted', async () => {
    const dir = await temporaryFolder()
    const ledger = await openLedger(dir)
    await record(ledger, 0, 5)
    await ledger.close()
    await writeFile(join(dir, 'ledger', 'private', 'erasing-3'), '3\n')
    await using reopened = await openLedger(dir)
    expect((await reopened.entry(3)).event).toBeNull()
    expect((await reopened.entry(2)).event).not.toBeNull()
    expect(await readdir(join(dir, 'ledger', 'private'))).toEqual([segmentName(0)])
  })
})

describe('watching its file', () => {
  it('seals when the segment is moved away, and reopens when it is back', async () => {
    const dir = await temporaryFolder()
    await using ledger = await openLedger(dir)
    await record(ledger, 0, 5)
    const segment = join(dir, 'ledger', 'private', segmentName(0))
    await rename(segment, `${segment}.away`)
    await ledger.append(event(5)).catch(() => undefined)
    await expect.poll(() => ledger.health().state, { timeout: 5000 }).toBe('sealed')
    expect(ledger.health().reason).toMatch(/moved or deleted/)
    const refused = await ledger.append(event(6)).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(AppError)
    expect(refused).toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    await rename(`${segment}.away`, segment)
    await expect.poll(() => ledger.health().state, { timeout: 5000 }).toBe('ok')
    await ledger.append(event(7))
  })
})
