/**
 * Putting a file into the vault and reading it back, beside age on the same folder and with the same fsync, in turns. Run with
 * `node bench/vault.ts [MiB] [rounds] [folder]`; with DATABASE_URL the memory is that of the vault without the embedded store. AGE names the age command, without which only ours is measured. The time that age takes for an
 * empty file is taken off, as node and the vault are started already. With 0 rounds a file is put in once, a GiB over and over, and only its
 * tensors are read: for sizes that the disk holds once. Prints one line of JSON a figure.
 */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { systemClock } from '../src/base/clock.ts'
import { systemIds } from '../src/base/ids.ts'
import { silentLog } from '../src/base/log.ts'
import { type DbHandle, openDb } from '../src/db/index.ts'
import { weightsJournal } from '../src/weights/records/index.ts'
import { parseWeightsConfig, Vault } from '../src/weights/vault/index.ts'

const MIB = 1024 * 1024
const sizeMiB = Number(process.argv[2] ?? 1024)
const rounds = Number(process.argv[3] ?? 5)
const age = process.env.AGE ?? 'age'
const TENSOR_BYTES = 64 * MIB
/** What is read of the file beside; it is repeated. */
const plainMiB = rounds === 0 ? Math.min(sizeMiB, 1024) : sizeMiB
/** As a client does that sends the next part while the one before is being synchronised. */
const PARTS_AT_ONCE = 2
const BY = { type: 'staff', id: 'bench' } as const

interface Times {
  readonly sealMs: number
  readonly openMs: number
  readonly ageSealMs: number
  readonly ageOpenMs: number
}

const folder = mkdtempSync(join(process.argv[4] ?? tmpdir(), 'safelevel-bench-'))
let ageRecipient = ''
let version = 0
let sealedUpload = ''
const at = (name: string) => join(folder, name)
const sizeBytes = sizeMiB * MIB
try {
  await using db = await openDb({ url: process.env.DATABASE_URL ?? null, dataDir: at('data'), log: silentLog })
  await using vault = await openVault(db)
  await writePlain()
  const hasAge = rounds > 0 && spawnSync(age, ['--version']).status === 0
  const ageStartMs = hasAge ? await prepareAge() : Number.NaN
  const times: Times[] = []
  if (rounds === 0) await seal(vault)
  for (let round = 0; rounds > 0 && round <= rounds; round++) {
    const ageSealMs = hasAge
      ? await timed(() => runAge(['-r', ageRecipient, '-o', at('age')], 'age', 'plain'))
      : Number.NaN
    const sealMs = await timed(() => seal(vault))
    const ageOpenMs = hasAge
      ? await timed(() => runAge(['-d', '-i', at('identity'), '-o', at('age.out')], 'age.out', 'age'))
      : Number.NaN
    const openMs = await timed(() => openAll(vault))
    if (round < rounds) rmSync(at(join('data', 'weights', sealedUpload)), { recursive: true }) // spares the disk
    if (round === 0) continue // warms the files and the code
    times.push({ sealMs, openMs, ageSealMs: ageSealMs - ageStartMs, ageOpenMs: ageOpenMs - ageStartMs })
  }
  if (rounds > 0)
    compare(
      'seal',
      times.map((t) => t.sealMs),
      times.map((t) => t.ageSealMs),
    )
  if (rounds > 0)
    compare(
      'open',
      times.map((t) => t.openMs),
      times.map((t) => t.ageOpenMs),
    )
  await readTensors(vault)
  print({ what: 'largest resident memory of this process', mib: process.resourceUsage().maxRSS / 1024 })
  print({ what: 'openssl aes-256-gcm, one core', mibPerSecond: opensslRate() })
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function openVault(db: DbHandle): Promise<Vault> {
  let position = 0
  const ledger = { append: async () => ({ position: position++ }) }
  const deps = { db, clock: systemClock, ids: systemIds, log: silentLog, env: {} }
  return await Vault.open({
    ...deps,
    journal: weightsJournal({ ...deps, db: db.db, ledger }),
    config: parseWeightsConfig({}).vault,
    keysDir: at('keys'),
    dataDir: at('data'),
    egress: { fetchSmall: () => Promise.reject(new Error('no key server')) },
  })
}

async function writePlain(): Promise<void> {
  await using file = await open(at('plain'), 'wx')
  const block = randomBytes(4 * MIB)
  for (let done = 0; done < plainMiB * MIB; done += block.length)
    await file.write(block, 0, Math.min(block.length, plainMiB * MIB - done))
  await file.sync()
}

/** @returns milliseconds that age takes to seal nothing */
async function prepareAge(): Promise<number> {
  const identity = await generateIdentity()
  ageRecipient = await identityToRecipient(identity)
  writeFileSync(at('identity'), identity, { mode: 0o600 })
  writeFileSync(at('empty'), '')
  const ms: number[] = []
  for (let i = 0; i < 10; i++) {
    ms.push(await timed(() => runAge(['-r', ageRecipient, '-o', at('empty.age')], 'empty.age', 'empty')))
    rmSync(at('empty.age'))
  }
  return median(ms)
}

/** As the door does with what a client sends. */
async function seal(vault: Vault): Promise<void> {
  const files = [{ path: 'weights.bin', sizeBytes }]
  const upload = await vault.uploads.begin({ model: 'bench', version: `${++version}`, files }, BY)
  const [file] = upload.files
  if (file === undefined) throw new Error('an upload without its file')
  await using from = await open(at('plain'))
  let next = 0
  const sender = async () => {
    for (let part = next++; part < file.parts; part = next++)
      await vault.uploads.putPart(upload.id, 0, part, piecesOf(from, part * file.partBytes, file.partBytes))
  }
  await Promise.all(Array.from({ length: PARTS_AT_ONCE }, sender))
  await vault.uploads.finish(upload.id, BY)
  sealedUpload = upload.id
}

async function* piecesOf(from: FileHandle, start: number, length: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(MIB)
  const end = Math.min(start + length, sizeBytes)
  for (let at = start; at < end; ) {
    const { bytesRead } = await from.read(buffer, 0, Math.min(MIB, end - at), at % (plainMiB * MIB))
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}

async function openAll(vault: Vault): Promise<void> {
  rmSync(at('opened'), { force: true })
  await using to = await open(at('opened'), 'wx')
  await using opened = await vault.openFile(`bench/${version}`, 'weights.bin')
  for await (const chunk of opened.range(0, sizeBytes)) await to.write(chunk)
  await to.sync()
}

async function runAge(args: readonly string[], to: string, from: string): Promise<void> {
  rmSync(at(to), { force: true })
  const { status, stderr } = spawnSync(age, [...args, at(from)], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`age failed: ${stderr}`)
  await using file: FileHandle = await open(at(to), 'r+')
  await file.sync()
}

/** As a loader does that wants one tensor: the file is opened, its header proven, and the range read. */
async function readTensors(vault: Vault): Promise<void> {
  if (sizeBytes < TENSOR_BYTES) return
  const ms: number[] = []
  for (let i = 0; i < 20; i++) {
    const start = Math.floor(((sizeBytes - TENSOR_BYTES) * i) / 20)
    ms.push(
      await timed(async () => {
        await using opened = await vault.openFile(`bench/${version}`, 'weights.bin')
        let bytes = 0
        for await (const chunk of opened.range(start, TENSOR_BYTES)) bytes += chunk.length
        if (bytes !== TENSOR_BYTES) throw new Error('the tensor is not whole')
      }),
    )
  }
  print({ what: 'one tensor of 64 MiB', p50Ms: median(ms), worstMs: Math.max(...ms) })
}

async function timed(work: () => Promise<void>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}

function compare(what: string, ours: readonly number[], ages: readonly number[]): void {
  const [ms, ageMs] = [median(ours), median(ages)]
  const rate = (taken: number) => (sizeMiB / taken) * 1000
  print({ what, mib: sizeMiB, rounds, mibPerSecond: rate(ms), ageMibPerSecond: rate(ageMs), timesAge: ageMs / ms })
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function opensslRate(): number {
  const args = ['speed', '-elapsed', '-seconds', '2', '-mr', '-evp', 'aes-256-gcm', '-bytes', '262144']
  const { stdout } = spawnSync('openssl', args, { encoding: 'utf8' })
  return Number(/^\+F:\d+:[^:]*:([\d.]+)/m.exec(stdout)?.[1]) / MIB
}

function print(figure: Record<string, string | number>): void {
  const rounded = Object.entries(figure).map(([k, v]) => [k, typeof v === 'number' ? Math.round(v * 100) / 100 : v])
  console.log(JSON.stringify(Object.fromEntries(rounded)))
}
