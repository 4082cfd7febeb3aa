import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { event, openLedger, record, temporaryFolder } from '../../test/ledger/support.ts'
import { AppError, ERROR_CODES } from '../base/errors.ts'
import { formatCheckpoint, isPublicPath, leafHash, parseSkey, signNote, TreeBuilder } from '../ledger/index.ts'
import { ledgerCommand } from './ledger.ts'

interface Result {
  exit: number
  out: string
}

/** Runs the command as the program does: what is printed, and the exit code. */
async function run(...args: string[]): Promise<Result> {
  let out = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text
    return true
  })
  const silent = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
  process.exitCode = undefined
  try {
    const program = new Command('safelevel').exitOverride().addCommand(ledgerCommand())
    await program.parseAsync(['ledger', ...args], { from: 'user' })
    return { exit: Number(process.exitCode ?? 0), out }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { exit: ERROR_CODES[error.code].exit, out: error.message }
  } finally {
    process.exitCode = undefined
    write.mockRestore()
    silent.mockRestore()
  }
}

let dataDir: string
let ledgerDir: string
let publicDir: string
let config: string

beforeEach(async () => {
  dataDir = await temporaryFolder()
  config = await temporaryFolder()
  ledgerDir = join(dataDir, 'ledger')
  publicDir = join(ledgerDir, 'public')
  vi.stubEnv('SAFELEVEL_DATA_DIR', dataDir)
  vi.stubEnv('XDG_CONFIG_HOME', config)
})
afterEach(() => {
  vi.unstubAllEnvs()
})

async function fill(from: number, to: number): Promise<string> {
  const ledger = await openLedger(dataDir)
  await record(ledger, from, to)
  await ledger.close()
  return ledger.vkey
}

/** Flips one bit of a file. */
async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path)
  bytes[at] = (bytes[at] as number) ^ 1
  await writeFile(path, bytes)
}

/** What somebody who holds folder and key can do: publish any entries, all tiles right, the checkpoint signed. */
async function forge(entries: readonly Buffer[]): Promise<void> {
  const signer = await parseSkey((await readFile(join(dataDir, 'keys', 'ledger.key'), 'utf8')).trim())
  const tree = new TreeBuilder()
  for (const entry of entries) tree.append(leafHash(entry), () => undefined)
  await rm(join(publicDir, 'tile'), { recursive: true })
  await mkdir(join(publicDir, 'tile', 'entries', '000.p'), { recursive: true })
  await mkdir(join(publicDir, 'tile', '0', '000.p'), { recursive: true })
  const bundle = Buffer.concat(entries.flatMap((entry) => [Buffer.of(0, 32), entry]))
  await writeFile(join(publicDir, 'tile', 'entries', '000.p', `${entries.length}`), bundle)
  const [tile] = tree.partials()
  await writeFile(join(publicDir, 'tile', '0', '000.p', `${entries.length}`), tile?.hashes ?? '')
  const text = formatCheckpoint({ origin: signer.name, size: entries.length, root: tree.root() })
  await writeFile(join(publicDir, 'checkpoint'), await signNote(text, [signer]))
}

async function publicEntries(count: number): Promise<Buffer[]> {
  const bundle = await readFile(join(publicDir, 'tile', 'entries', '000.p', `${count}`))
  return Array.from({ length: count }, (_, i) => bundle.subarray(i * 34 + 2, (i + 1) * 34))
}

describe('ledger verify', () => {
  it('verifies a log, pins its key at first use and says so, and follows it from then on', async () => {
    const vkey = await fill(0, 300)
    const first = await run('verify')
    expect(first.exit).toBe(0)
    expect(first.out).toContain('300 entries, no gap')
    expect(first.out).toContain('300 match their commitments, 0 erased')
    expect(first.out).toContain(`pinned now, at this first use, on the log’s own word: ${vkey}`)
    expect(first.out).toContain('unwitnessed')
    await fill(300, 600)
    const second = JSON.parse((await run('verify', '--json')).out)
    expect(second).toMatchObject({
      verified: true,
      size: 600,
      keyFrom: 'pinned',
      previous: { size: 300 },
      bodies: { checked: 600, erased: 0 },
      witnessed: false,
    })
  })

  it('verifies while the server writes', async () => {
    const ledger = await openLedger(dataDir, { segmentBytes: 4096, checkpointIntervalMs: 10 })
    let stop = false
    const writing = (async () => {
      for (let n = 0; !stop; n++) await ledger.append(event(n))
    })()
    for (let i = 0; i < 8; i++) expect((await run('verify')).out).toContain('no gap')
    stop = true
    await writing
    await ledger.close()
  })

  it('takes the key that is given, and no other', async () => {
    const vkey = await fill(0, 3)
    const wrong = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
    expect(await run('verify', '--key', wrong)).toMatchObject({ exit: 1 })
    expect(await run('verify', '--key', 'nonsense')).toMatchObject({ exit: 2 })
    expect(await run('verify', '--key', vkey)).toMatchObject({ exit: 0 })
  })

  it('verifies copies of the public files, and a URL', async () => {
    await fill(0, 300)
    const copy = join(await temporaryFolder(), 'copy')
    await cp(publicDir, copy, { recursive: true })
    expect((await run('verify', copy)).out).toContain('not at hand')
    const server = createServer((request, response) => {
      const path = (request.url ?? '').replace('/ledger/', '')
      readFile(join(publicDir, isPublicPath(path) ? path : 'none')).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => new Promise((resolve) => server.close(() => resolve())))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ledger`
    expect(await run('verify', url)).toMatchObject({ exit: 0, out: expect.stringContaining('300 entries') })
    expect(await run('verify', 'http://127.0.0.1:1/ledger')).toMatchObject({ exit: 8 })
  })

  it('finds no ledger where there is none', async () => {
    expect(await run('verify')).toMatchObject({ exit: 4, out: expect.stringContaining('no ledger') })
  })
})

describe('ledger verify catches', () => {
  it.each([
    'tile/entries/000',
    'tile/entries/001.p/44',
    'tile/0/000',
    'tile/0/001.p/44',
    'tile/1/000.p/1',
    'checkpoint',
  ])('a changed byte in %s', async (path) => {
    await fill(0, 300)
    expect((await run('verify')).exit).toBe(0)
    await flip(join(publicDir, path), 17)
    const { exit, out } = await run('verify', '--json')
    expect(exit).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ verified: false })
  })

  it('a changed body', async () => {
    await fill(0, 50)
    const [segment = ''] = await readdir(join(ledgerDir, 'private'))
    const path = join(ledgerDir, 'private', segment)
    await flip(path, (await readFile(path)).indexOf('req_31'))
    expect(await run('verify')).toMatchObject({
      exit: 1,
      out: expect.stringMatching(/body of entry 31 is not the one/),
    })
  })

  it('missing bodies', async () => {
    await fill(0, 50)
    const [segment = ''] = await readdir(join(ledgerDir, 'private'))
    const path = join(ledgerDir, 'private', segment)
    await writeFile(path, (await readFile(path)).subarray(0, -1))
    expect(await run('verify')).toMatchObject({
      exit: 1,
      out: expect.stringMatching(/private record of entry 49 is missing/),
    })
  })

  it('missing tiles', async () => {
    await fill(0, 50)
    await rm(join(publicDir, 'tile', '0', '000.p', '50'))
    expect(await run('verify')).toMatchObject({ exit: 1, out: expect.stringMatching(/tile\/0\/000.p\/50 is missing/) })
  })

  it.each([
    ['with its bodies', /private record of entry 10 is not the one/],
    ['without its bodies', /entry 10 does not match its hash/],
  ])('entries put in another order, %s at hand', async (bodies, reason) => {
    await fill(0, 50)
    if (bodies === 'without its bodies') await rm(join(ledgerDir, 'private'), { recursive: true })
    const entries = await publicEntries(50)
    const [a, b] = [entries[10] as Buffer, entries[11] as Buffer]
    entries.splice(10, 2, b, a)
    const bundle = Buffer.concat(entries.flatMap((entry) => [Buffer.of(0, 32), entry]))
    await writeFile(join(publicDir, 'tile', 'entries', '000.p', '50'), bundle)
    expect(await run('verify')).toMatchObject({ exit: 1, out: expect.stringMatching(reason) })
  })

  it('entries put in another order and signed anew', async () => {
    await fill(0, 50)
    expect((await run('verify')).exit).toBe(0)
    const entries = await publicEntries(50)
    await forge(entries.toReversed())
    expect(await run('verify')).toMatchObject({
      exit: 1,
      out: expect.stringMatching(/private record of entry 0 is not/),
    })
    await rm(join(ledgerDir, 'private'), { recursive: true })
    expect(await run('verify')).toMatchObject({ exit: 1, out: expect.stringMatching(/forked/) })
  })

  it('a log that was cut off and signed anew', async () => {
    await fill(0, 50)
    expect((await run('verify')).exit).toBe(0)
    await forge((await publicEntries(50)).slice(0, 49))
    expect(await run('verify')).toMatchObject({
      exit: 1,
      out: expect.stringMatching(/cut off: it had 50 entries and now claims 49/),
    })
  })

  it.each([50, 60])('a fork of %i entries, signed with the right key', async (size) => {
    await fill(0, 50)
    expect((await run('verify')).exit).toBe(0)
    const entries = await publicEntries(50)
    entries[20] = Buffer.alloc(32, 1)
    while (entries.length < size) entries.push(Buffer.alloc(32, 2))
    await forge(entries)
    await rm(join(ledgerDir, 'private'), { recursive: true })
    expect(await run('verify')).toMatchObject({ exit: 1, out: expect.stringMatching(/forked: its first 50 entries/) })
  })

  it('another log under another key in its place', async () => {
    await fill(0, 50)
    expect((await run('verify')).exit).toBe(0)
    await rename(ledgerDir, `${ledgerDir}.old`)
    await rm(join(dataDir, 'keys'), { recursive: true })
    await fill(0, 50)
    expect(await run('verify')).toMatchObject({
      exit: 1,
      out: expect.stringMatching(/used to be .*, now it calls itself/),
    })
  })
})

describe('ledger prove', () => {
  it('makes proofs by position and by event that check offline', async () => {
    const vkey = await fill(0, 300)
    const file = join(config, 'proof.json')
    expect(await run('prove', '--entry', '123', '--out', file)).toMatchObject({ exit: 0 })
    expect(await run('prove', '--check', file)).toMatchObject({ exit: 2, out: expect.stringContaining('--key') })
    const checked = await run('prove', '--check', file, '--key', vkey)
    expect(checked).toMatchObject({ exit: 0, out: expect.stringMatching(/verified: entry 123 .*\nunwitnessed/) })
    await run('verify')
    await rm(dataDir, { recursive: true })
    expect(await run('prove', '--check', file, '--json')).toMatchObject({ exit: 0 })
    await writeFile(file, (await readFile(file, 'utf8')).replace('req_123', 'req_124'))
    expect(await run('prove', '--check', file)).toMatchObject({ exit: 1, out: expect.stringMatching(/^NOT VERIFIED/) })
    await writeFile(file, '{"format":1}')
    expect(await run('prove', '--check', file)).toMatchObject({ exit: 1 })
  })

  it('finds an event by id, and says when there is none', async () => {
    await fill(0, 300)
    const proof = JSON.parse((await run('prove', '--event', event(77).id, '--json')).out)
    expect(proof).toMatchObject({ position: 77, event: event(77) })
    expect(await run('prove', '--event', 'dec_none')).toMatchObject({ exit: 4 })
    expect(await run('prove', '--entry', '300')).toMatchObject({ exit: 4 })
    expect(await run('prove')).toMatchObject({ exit: 2 })
  })
})

describe('ledger checkpoint and export', () => {
  it('print the note as it was signed, and the events', async () => {
    await fill(0, 3)
    expect((await run('checkpoint')).out).toBe(await readFile(join(publicDir, 'checkpoint'), 'utf8'))
    expect(JSON.parse((await run('checkpoint', '--json')).out)).toMatchObject({ size: 3, cosignedBy: [] })
    const lines = (await run('export', '--from', '1')).out.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { position: 1, event: event(1) },
      { position: 2, event: event(2) },
    ])
  })
})
