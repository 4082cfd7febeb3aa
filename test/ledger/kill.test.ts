import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { auditLedger } from '../../src/ledger/audit.ts'
import { type Checkpoint, folderSource, openCheckpoint, parseVkey, Segments } from '../../src/ledger/index.ts'
import { openLedger } from './support.ts'

const ROUNDS = Number(process.env.SAFELEVEL_KILL_ROUNDS ?? 15)
/** A fresh log now and then, so that first starts are killed too. */
const ROUNDS_PER_LOG = 10

/** Runs the writer and kills it `afterMs` after its start, or after it has opened the ledger; returns what it acknowledged. */
async function runAndKill(dataDir: string, first: number, from: 'start' | 'open', afterMs: number) {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('kill-writer.ts', import.meta.url)), dataDir, `${first}`],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (out === '' && from === 'open') setTimeout(() => child.kill('SIGKILL'), afterMs)
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  if (from === 'start') setTimeout(() => child.kill('SIGKILL'), afterMs)
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on('close', (...how) => resolve(how))
  })
  expect(`${code} ${signal} ${err}`).toBe('null SIGKILL ')
  const lines = out
    .slice(0, out.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
  const acks = lines.filter((line) => line !== 'open').map((line) => line.split(' ').map(Number))
  return { acks: new Map(acks.map(([position = -1, n = -1]) => [position, n])), opened: lines.includes('open') }
}

it(`keeps every acknowledged entry through ${ROUNDS} kills`, { timeout: ROUNDS * 10_000 }, async () => {
  let total = 0
  let killedWhileWriting = 0
  for (let done = 0; done < ROUNDS; ) {
    const dataDir = await mkdtemp(join(tmpdir(), 'safelevel-kill-'))
    const acknowledged = new Map<number, number>()
    let known: Checkpoint | undefined
    let next = 0
    for (let i = 0; i < ROUNDS_PER_LOG && done < ROUNDS; i++, done++) {
      // One in five falls into start and recovery, the others into the load.
      const { acks, opened } =
        done % 5 === 4
          ? await runAndKill(dataDir, next, 'start', 100 + Math.random() * 500)
          : await runAndKill(dataDir, next, 'open', Math.random() * 150)
      for (const [position, n] of acks) {
        expect(acknowledged.has(position)).toBe(false)
        acknowledged.set(position, n)
      }
      next += 1_000_000
      if (opened) killedWhileWriting++

      const ledger = await openLedger(dataDir)
      for (const position of acknowledged.keys()) expect(position).toBeLessThan(ledger.size)
      const segments = await Segments.open(join(dataDir, 'ledger', 'private'))
      const checkpoint = await openCheckpoint(ledger.checkpoint(), parseVkey(ledger.vkey))
      expect(checkpoint.size).toBe(ledger.size)
      const source = folderSource(join(dataDir, 'ledger', 'public'))
      const { bodies } = await auditLedger({
        source,
        checkpoint,
        segments,
        known: known && known.size > 0 ? known : undefined,
      })
      expect(bodies).toEqual({ checked: ledger.size, erased: 0 })
      for await (const page of segments.pages(0, ledger.size))
        for (const { position, body } of page) {
          const n = acknowledged.get(position)
          if (n !== undefined) expect(JSON.parse(body.toString('utf8')).id).toBe(`dec_${n}`)
        }
      known = checkpoint
      await ledger.close()
    }
    total += acknowledged.size
    await rm(dataDir, { recursive: true })
  }
  process.stdout.write(`${ROUNDS} kills, ${killedWhileWriting} under load; ${total} acknowledged entries, 0 lost\n`)
  expect(killedWhileWriting).toBeGreaterThan(0)
  expect(total).toBeGreaterThan(0)
})
