import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { ManualClock } from '../base/clock.ts'
import { systemIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import {
  formatAddCheckpoint,
  formatSkey,
  type NoteSigner,
  openCheckpoint,
  parseCosignerVkey,
  parseMisbehaviour,
  parseSkey,
  parseVkey,
  readCosignatures,
  signNote,
  TileReader,
  verifyMisbehaviour,
} from '../ledger/index.ts'
import {
  createWitnessKey,
  MemoryLog,
  openWitnessKey,
  originHash,
  startWitness,
  Witness,
  WitnessStore,
} from './index.ts'

const entry = (n: number | string) => Buffer.from(`entry ${n}`)
const entries = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => entry(from + i))
const ORIGIN = 'example.com/log'
const HASH = originHash(ORIGIN)

let dir: string
let clock: ManualClock
let signer: NoteSigner

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'safelevel-witness-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  clock = new ManualClock()
  signer = await parseSkey(await formatSkey(ORIGIN, new Uint8Array(32).fill(7)))
  await createWitnessKey(dir, 'witness.example/w', systemIds)
  await new WitnessStore(dir).addKey(signer.vkey)
})

async function open(): Promise<Witness> {
  return new Witness({ cosigner: await openWitnessKey(dir), store: new WitnessStore(dir), clock, log: silentLog })
}

/** What a log asks that knows that the witness holds `oldSize` entries. */
async function request(log: MemoryLog, oldSize: number): Promise<Buffer> {
  const proof =
    oldSize > 0 && oldSize < log.size ? await new TileReader(log.tiles, log.size).consistencyProof(oldSize) : []
  return Buffer.from(formatAddCheckpoint({ oldSize, proof, checkpoint: log.checkpoint() }))
}

async function ask(witness: Witness, log: MemoryLog, oldSize: number) {
  return witness.addCheckpoint(await request(log, oldSize))
}

describe('a witness', () => {
  it('cosigns what continues what it saw, and says what it holds to who does not know', async () => {
    const witness = await open()
    const log = await MemoryLog.open(signer, entries(0, 5))
    const first = await ask(witness, log, 0)
    expect(first.status).toBe(200)
    const key = parseCosignerVkey(witness.vkey)
    const [cosignature] = await readCosignatures(log.checkpoint() + first.body, [key])
    expect(cosignature?.timestamp).toBe(clock.now() / 1000)
    await log.append(entries(5, 300))
    expect(await ask(witness, log, 0)).toMatchObject({ status: 409, contentType: 'text/x.tlog.size', body: '5\n' })
    expect((await ask(witness, log, 5)).status).toBe(200)
    // The same again is no growth, and fine.
    expect((await ask(witness, log, 300)).status).toBe(200)
    const served = (await witness.checkpoint(HASH)) ?? ''
    expect((await openCheckpoint(served, parseVkey(signer.vkey))).size).toBe(300)
    expect(await readCosignatures(served, [key])).toHaveLength(1)
  })

  it('goes on after any end with what it last cosigned', async () => {
    const log = await MemoryLog.open(signer, entries(0, 5))
    await ask(await open(), log, 0)
    const again = await open()
    const fork = await MemoryLog.open(signer, [...entries(0, 4), entry('x'), ...entries(5, 8)])
    expect((await ask(again, fork, 0)).body).toBe('5\n')
    expect((await ask(again, fork, 5)).status).toBe(422)
    await log.append(entries(5, 9))
    expect((await ask(again, log, 5)).status).toBe(200)
  })

  it.each([5, 6])('keeps the proof when a log of %i entries signs two histories', async (size) => {
    const witness = await open()
    const log = await MemoryLog.open(signer, entries(0, size))
    await ask(witness, log, 0)
    const fork = await MemoryLog.open(signer, [entry('x'), ...entries(1, size)])
    expect((await ask(witness, fork, size)).status).toBe(422)
    await fork.append(entries(size, 11))
    expect((await ask(witness, fork, size)).status).toBe(422)
    const files = (await readdir(join(dir, 'logs', HASH))).filter((name) => name.startsWith('misbehaviour'))
    expect(files.sort()).toEqual(['misbehaviour-11.json', `misbehaviour-${size}.json`])
    for (const name of files) {
      const proof = parseMisbehaviour(await readFile(join(dir, 'logs', HASH, name), 'utf8'))
      expect((await verifyMisbehaviour(proof, parseVkey(signer.vkey))).older.size).toBe(size)
    }
    // Nothing was signed for it.
    expect((await openCheckpoint((await witness.checkpoint(HASH)) ?? '', parseVkey(signer.vkey))).size).toBe(size)
  })

  it('does not go back, and never back in time', async () => {
    const witness = await open()
    const log = await MemoryLog.open(signer, entries(0, 9))
    const smaller = await MemoryLog.open(signer, entries(0, 5))
    await ask(witness, log, 0)
    expect((await ask(witness, smaller, 9)).status).toBe(400)
    expect((await ask(witness, smaller, 5)).status).toBe(409)
    expect((await ask(witness, smaller, 0)).status).toBe(409)
    const before = clock.now() / 1000
    clock.jump(-3_600_000)
    await log.append(entries(9, 10))
    const { body } = await ask(witness, log, 9)
    const [cosignature] = await readCosignatures(log.checkpoint() + body, [parseCosignerVkey(witness.vkey)])
    expect(cosignature?.timestamp).toBe(before)
  })

  it('refuses what is not for it, each in the way of the specification', async () => {
    const witness = await open()
    const log = await MemoryLog.open(signer, entries(0, 5))
    const status = async (body: string | Buffer) => (await witness.addCheckpoint(Buffer.from(body))).status
    const stranger = await parseSkey(await formatSkey('example.com/other', new Uint8Array(32).fill(8)))
    expect(await status(await request(await MemoryLog.open(stranger, entries(0, 1)), 0))).toBe(404)
    const thief = await parseSkey(await formatSkey(ORIGIN, new Uint8Array(32).fill(8)))
    expect(await status(await request(await MemoryLog.open(thief, entries(0, 1)), 0))).toBe(403)
    const note = log.checkpoint()
    expect(await status(`old 0\n\n${note.replace('\n5\n', '\n6\n')}`)).toBe(403)
    const emptyRoot = Buffer.alloc(32, 1).toString('base64')
    expect(await status(`old 0\n\n${await signNote(`${ORIGIN}\n0\n${emptyRoot}\n`, [signer])}`)).toBe(422)
    expect(await status(`old 0\n${emptyRoot}\n\n${note}`)).toBe(422)
    for (const body of [
      '',
      'old 0\n',
      `old 00\n\n${note}`,
      `old -1\n\n${note}`,
      `old 9007199254740993\n\n${note}`,
      `0\n\n${note}`,
    ])
      expect(await status(body), body).toBe(400)
    for (const proof of ['AAAA\n', `${emptyRoot}\n`.repeat(64), 'x\n'])
      expect(await status(`old 0\n${proof}\n${note}`), proof).toBe(400)
    expect(await status(Buffer.alloc(200_000, 'a'))).toBe(400)
    expect(await status(Buffer.of(0xff, 0xfe))).toBe(400)
    expect(await witness.checkpoint(HASH)).toBeNull()
  })

  it('answers arbitrary bytes with 400', async () => {
    const witness = await open()
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array(),
          fc.string().map((s) => Buffer.from(`old 0\n\n${s}`)),
        ),
        async (body) => {
          expect((await witness.addCheckpoint(body)).status).toBe(400)
        },
      ),
    )
  })

  it('signs one history, however many ask for several at once', async () => {
    const witness = await open()
    const histories = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => MemoryLog.open(signer, [entry(i), ...entries(1, 2 + (i % 5))])),
    )
    const answers = await Promise.all(histories.map((log) => ask(witness, log, 0)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    for (let round = 0; round < 5; round++) {
      const size = (await witness.logs())[0]?.size ?? 0
      const accepted = await Promise.all(histories.map((log) => ask(witness, log, size)))
      // Only the history that was signed first may be signed again.
      for (const [i, answer] of accepted.entries()) if (answer.status === 200) expect(answers[i]?.status).toBe(200)
    }
  })

  it('does not take damage for innocence', async () => {
    const log = await MemoryLog.open(signer, entries(0, 5))
    await ask(await open(), log, 0)
    const file = join(dir, 'logs', HASH, 'checkpoint')
    const note = await readFile(file, 'utf8')
    for (const damaged of ['', 'x', log.checkpoint(), note.replace('\n5\n', '\n4\n')]) {
      await writeFile(file, damaged)
      const witness = await open()
      expect((await ask(witness, log, 0)).status, damaged).toBe(500)
      await writeFile(file, note)
      expect((await ask(witness, log, 5)).status).toBe(200)
    }
  })

  it('watches a further key of a log at once, as when the log changes its key', async () => {
    const witness = await open()
    const log = await MemoryLog.open(signer, entries(0, 5))
    await ask(witness, log, 0)
    const next = await parseSkey(await formatSkey(ORIGIN, new Uint8Array(32).fill(9)))
    const moved = await MemoryLog.open(next, entries(0, 6))
    expect((await ask(witness, moved, 5)).status).toBe(403)
    await new WitnessStore(dir).addKey(next.vkey)
    expect((await ask(witness, moved, 5)).status).toBe(200)
  })
})

describe('a witness’s key', () => {
  it('is made once, for its owner alone, and is never in an error', async () => {
    await expect(createWitnessKey(dir, 'witness.example/w', systemIds)).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(createWitnessKey(dir, 'a b', systemIds)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    await expect(openWitnessKey(join(dir, 'none'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const secret = await readFile(join(dir, 'witness.key'), 'utf8')
    await writeFile(join(dir, 'witness.key'), secret.slice(0, -8))
    await expect(openWitnessKey(dir)).rejects.toSatisfy(
      (error: Error) => !`${error.message}${String(error.cause)}`.includes(secret.slice(60, 80)),
    )
  })
})

describe('the server', () => {
  it('serves both prefixes, in bounds', async () => {
    const witness = await open()
    await using server = await startWitness({ witness, host: '127.0.0.1', port: 0, log: silentLog })
    const log = await MemoryLog.open(signer, entries(0, 5))
    const post = (body: Uint8Array<ArrayBuffer>) => fetch(`${server.url}/add-checkpoint`, { method: 'POST', body })
    expect((await post(new Uint8Array(await request(log, 0)))).status).toBe(200)
    const conflict = await post(new Uint8Array(await request(log, 0)))
    expect([conflict.status, conflict.headers.get('content-type'), await conflict.text()]).toEqual([
      409,
      'text/x.tlog.size',
      '5\n',
    ])
    const newest = await fetch(`${server.url}/${HASH}/checkpoint`)
    expect([newest.status, await newest.text()]).toEqual([200, await witness.checkpoint(HASH)])
    expect((await fetch(`${server.url}/${'0'.repeat(64)}/checkpoint`)).status).toBe(404)
    expect((await fetch(`${server.url}/..%2f..%2fetc/checkpoint`)).status).toBe(404)
    expect((await fetch(`${server.url}/add-checkpoint`)).status).toBe(405)
    expect((await fetch(server.url, { method: 'DELETE' })).status).toBe(405)
    expect((await post(new Uint8Array(300_000))).status).toBe(413)
    const about = await (await fetch(server.url)).text()
    for (const words of [witness.vkey, ORIGIN, '5 entries']) expect(about).toContain(words)
  })
})
