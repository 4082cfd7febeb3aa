/**
 * Reading weights over HTTP: a whole file and single tensors by name, through the door for programs, beside node serving the same file as it
 * lies on the disk. The server is this process, the reader `curl`. Run with `node bench/weights-reading.ts [tensors] [reads] [segment KiB]`;
 * every tensor has 64 MiB. DATABASE_URL names PostgreSQL, the embedded store without it. Prints one line of JSON a figure.
 */
import { execFile } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ReadingDevice } from '../test/support/reading-world.ts'
import { startApp } from '../test/support/running-app.ts'
import { grantIn, sealIn } from '../test/support/weights-served.ts'

const tensors = Number(process.argv[2] ?? 20)
const reads = Number(process.argv[3] ?? 9)
const segmentKiB = Number(process.argv[4] ?? 256)
const MIB = 1024 * 1024
const TENSOR_BYTES = 64 * MIB

const folder = mkdtempSync(join(tmpdir(), 'safelevel-bench-'))
await using running = await startApp({
  ...(process.env.DATABASE_URL === undefined ? {} : { databaseUrl: process.env.DATABASE_URL }),
  config: { weights: { segmentKiB, store: { type: 'local', folder: join(folder, 'weights') } } },
})
try {
  const bytes = safetensors()
  const plain = join(folder, 'model.safetensors')
  writeFileSync(plain, bytes)
  const sealing = performance.now()
  await sealIn(running, 'bench/1', { 'model.safetensors': bytes })
  print({ what: 'sealed', MiB: bytes.length / MIB, MiBPerSecond: rate(bytes.length, performance.now() - sealing) })

  const device = await ReadingDevice.make()
  const grant = await grantIn(running, device, { version: 'bench/1', budgetBytes: 2 ** 50 })
  const door = `${running.controlUrl}/vault/v1`
  const token = await begin()
  const vault = async (path: string) => {
    const proof = await device.proof('GET', door + path, Date.now(), token)
    return timed(door + path, ['-H', `authorization: DPoP ${token}`, '-H', `dpop: ${proof}`])
  }
  const server = createServer((_, res) => createReadStream(plain, { highWaterMark: MIB }).pipe(res)).listen(
    0,
    '127.0.0.1',
  )
  await once(server, 'listening')
  const address = server.address()
  const plainUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`

  // In turn, so that both meet the same machine.
  const whole: Record<'vault' | 'plain', number[]> = { vault: [], plain: [] }
  const tensor: number[] = []
  for (let i = 0; i < reads; i++) {
    whole.plain.push(await timed(plainUrl, []))
    whole.vault.push(await vault('/files/0'))
    tensor.push(await vault(`/tensors/layers.${(i * 7) % tensors}.weight`))
  }
  const fileRate = (ms: readonly number[]) => rate(bytes.length, median(ms))
  print({ what: 'whole file, node serving it plain', reads, MiBPerSecond: fileRate(whole.plain) })
  print({ what: 'whole file from the vault', reads, MiBPerSecond: fileRate(whole.vault) })
  print({ what: 'of plain serving', share: fileRate(whole.vault) / fileRate(whole.plain) })
  print({ what: 'one tensor of 64 MiB by name', p50Ms: median(tensor), worstMs: Math.max(...tensor) })
  const small: number[] = []
  for (let i = 0; i < reads * 5; i++) small.push(await vault(`/tensors/norm`))
  print({ what: 'one tensor of 64 KiB by name', p50Ms: median(small), worstMs: Math.max(...small) })
  print({
    what: 'memory of the server',
    rssMiB: process.memoryUsage().rss / MIB,
    ofWhichFileItselfMiB: bytes.length / MIB,
  })
  server.closeAllConnections()
  server.close()

  async function begin(): Promise<string> {
    const proof = await device.proof('POST', `${door}/sessions`, Date.now())
    const headers = { dpop: proof, 'content-type': 'application/json' }
    const answer = await fetch(`${door}/sessions`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ grant: grant.id }),
    })
    return String(JSON.parse(await answer.text()).token)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** A file of that many tensors of 64 MiB of noise, and a small one. */
function safetensors(): Buffer {
  const small = 64 * 1024
  const names = Array.from({ length: tensors }, (_, i) => [`layers.${i}.weight`, i * TENSOR_BYTES] as const)
  const header = Object.fromEntries(
    names.map(([name, at]) => [
      name,
      { dtype: 'F16', shape: [TENSOR_BYTES / 2], data_offsets: [at, at + TENSOR_BYTES] },
    ]),
  )
  const end = tensors * TENSOR_BYTES
  const text = Buffer.from(
    JSON.stringify({ ...header, norm: { dtype: 'F16', shape: [small / 2], data_offsets: [end, end + small] } }),
  )
  const bytes = Buffer.allocUnsafe(8 + text.length + end + small)
  bytes.writeBigUInt64LE(BigInt(text.length))
  text.copy(bytes, 8)
  for (let at = 8 + text.length; at < bytes.length; at += 256 * MIB)
    randomFillSync(bytes, at, Math.min(256 * MIB, bytes.length - at))
  return bytes
}

/** @returns milliseconds from the request to the last byte */
async function timed(url: string, headers: readonly string[]): Promise<number> {
  const format = '%{http_code} %{time_total}'
  const { stdout } = await promisify(execFile)('curl', ['-s', '-o', '/dev/null', '-w', format, ...headers, url])
  const [status, seconds] = stdout.split(' ')
  if (status !== '200') throw new Error(`${url}: ${status}`)
  return Number(seconds) * 1_000
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function rate(bytes: number, ms: number): number {
  return bytes / MIB / (ms / 1_000)
}

function print(figure: Record<string, string | number>): void {
  const rounded = Object.entries(figure).map(([k, v]) => [k, typeof v === 'number' ? Math.round(v * 100) / 100 : v])
  console.log(JSON.stringify(Object.fromEntries(rounded)))
}
