import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { ManualClock } from '../base/clock.ts'
import { systemIds } from '../base/ids.ts'
import { createLog, silentLog } from '../base/log.ts'
import {
  canonicalJson,
  checkDisclosure,
  commitment,
  formatCosignerSkey,
  formatSkey,
  formatVkey,
  type Misbehaviour,
  makeDisclosure,
  type NoteSigner,
  openWitnessed,
  parseCosignerSkey,
  parseCosignerVkey,
  parseSkey,
  parseTrustPolicy,
  parseVkey,
  TileReader,
  verifyMisbehaviour,
} from '../ledger/index.ts'
import { createWitnessKey, MemoryLog, startWitness, Witness, Witnessing, WitnessStore } from './index.ts'

const entries = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => Buffer.from(`entry ${from + i}`))

const WITNESS_VKEY = (await parseCosignerSkey(await formatCosignerSkey('z', new Uint8Array(32)))).vkey

let clock: ManualClock
let signer: NoteSigner
let log: MemoryLog

beforeEach(async () => {
  clock = new ManualClock(Date.now())
  signer = await parseSkey(await formatSkey('example.com/log', new Uint8Array(32).fill(7)))
  log = await MemoryLog.open(signer, entries(0, 5))
})

/** A witness of somebody else’s, on a port of its own. */
async function witnessServer(name: string, watches = signer.vkey) {
  const dir = await mkdtemp(join(tmpdir(), 'safelevel-witness-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const cosigner = await createWitnessKey(dir, name, systemIds)
  const store = new WitnessStore(dir)
  if (watches !== '') await store.addKey(watches)
  const witness = new Witness({ cosigner, store, clock, log: silentLog })
  const server = await startWitness({ witness, host: '127.0.0.1', port: 0, log: silentLog })
  let stopped = false
  const stop = async () => {
    if (stopped) return
    stopped = true
    await server[Symbol.asyncDispose]()
  }
  onTestFinished(stop)
  return { line: `witness ${name} ${cosigner.vkey} ${server.url}`, witness, stop, store }
}

/** A server that answers as it likes. */
async function impostor(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function witnessing(policy: string, overrides: Partial<ConstructorParameters<typeof Witnessing>[0]> = {}) {
  const options = {
    ...{ policy: parseTrustPolicy(policy), ledger: log, clock, log: silentLog, intervalMs: 1_000, timeoutMs: 5_000 },
    ...{ maxLagMs: 10_000, refreshMs: 300_000, ...overrides },
  }
  const made = new Witnessing(options)
  onTestFinished(() => made.close())
  return made
}

async function turn(asking: Witnessing): Promise<void> {
  asking.turn()
  await asking.settled()
}

describe('asking witnesses', () => {
  it('gathers cosignatures until the quorum is met, and serves them', async () => {
    const [a, b, c] = [await witnessServer('a'), await witnessServer('b'), await witnessServer('c')]
    const policy = `log ${signer.vkey}\n${a.line}\n${b.line}\n${c.line}\ngroup two 2 a b c\nquorum two\n`
    const asking = witnessing(policy)
    expect(asking.state()).toMatchObject({ witnessed: false, by: [], of: 3, size: null })
    expect(asking.served()).toBe(log.checkpoint())
    await turn(asking)
    expect(asking.state()).toMatchObject({ witnessed: true, by: ['a', 'b', 'c'], size: 5, problems: [] })
    expect((await openWitnessed(asking.served(), parseTrustPolicy(policy))).cosignatures).toHaveLength(3)
    await c.stop()
    await log.append(entries(5, 700))
    await turn(asking)
    expect(asking.state()).toMatchObject({ witnessed: true, by: ['a', 'b'], size: 700 })
    expect(asking.state().problems).toEqual([{ witness: 'c', words: 'can’t be reached' }])
    await b.stop()
    await log.append(entries(700, 701))
    clock.advance(1_000)
    await turn(asking)
    // What was witnessed is served for as long as the bound says, then what is newest.
    expect((await openWitnessed(asking.served(), parseTrustPolicy(policy))).size).toBe(700)
    expect(asking.state().witnessed).toBe(true)
    clock.advance(10_001)
    await turn(asking)
    expect(asking.state().witnessed).toBe(false)
    expect(asking.served()).toContain('\n701\n')
    expect(asking.witnessedNote()).toContain('\n700\n')
  })

  it('puts proofs under what was cosigned, where that covers them', async () => {
    const a = await witnessServer('a')
    const asking = witnessing(`${a.line}\nquorum a`)
    await log.append(entries(5, 40))
    const event = { n: 1 }
    const salt = new Uint8Array(32)
    await log.append([commitment(salt, Buffer.from(canonicalJson(event)))])
    const of = async (position: number) => {
      const inclusion = await new TileReader(log.tiles, log.size).inclusionProof(position)
      return makeDisclosure({
        origin: 'example.com/log',
        position,
        event,
        salt,
        inclusion,
        checkpoint: log.checkpoint(),
      })
    }
    const early = await of(40)
    expect(await asking.strengthen(early)).toBe(early)
    await turn(asking)
    await log.append(entries(41, 300))
    const stronger = await asking.strengthen(await of(40))
    const opened = await openWitnessed(stronger.checkpoint, parseTrustPolicy(`log ${signer.vkey}\n${a.line}\nquorum a`))
    checkDisclosure(stronger, opened)
    expect([opened.size, opened.cosignatures.length]).toEqual([41, 1])
    const late = { ...(await of(40)), position: 200 }
    expect(await asking.strengthen(late)).toBe(late)
  })

  it('goes on from what a witness holds already', async () => {
    const a = await witnessServer('a')
    await turn(witnessing(`${a.line}\nquorum a`))
    await log.append(entries(5, 300))
    const restarted = witnessing(`${a.line}\nquorum a`)
    await turn(restarted)
    expect(restarted.state()).toMatchObject({ witnessed: true, size: 300 })
  })

  it('has a log that stands still cosigned anew after a while', async () => {
    const a = await witnessServer('a')
    const asking = witnessing(`${a.line}\nquorum a`)
    await turn(asking)
    const first = asking.state().atMs ?? 0
    clock.advance(60_000)
    await turn(asking)
    expect(asking.state().atMs).toBe(first)
    clock.advance(240_000)
    await turn(asking)
    expect(asking.state().atMs).toBe(first + 300_000)
  })

  it('is not held up by a witness that sleeps', async () => {
    const a = await witnessServer('a')
    const url = await impostor(() => undefined)
    const asking = witnessing(`${a.line}\nwitness z ${WITNESS_VKEY} ${url}\ngroup one any a z\nquorum one`, {
      timeoutMs: 1_500,
    })
    asking.turn()
    await expect.poll(() => asking.state().witnessed, { timeout: 1_400, interval: 5 }).toBe(true)
    await asking.settled()
    expect(asking.state().problems).toEqual([{ witness: 'z', words: 'does not answer in time' }])
  })

  it.each<[string, RequestListener, RegExp]>([
    ['nothing', (_, r) => r.end(), /without a signature|does not verify/],
    ['another’s signature', async (_, r) => r.end(await stranger('other.example')), /without a signature/],
    ['a wrong signature', async (_, r) => r.end(await stranger('z')), /does not verify/],
    ['endless text', (_, r) => void r.write('x'.repeat(200_000)), /can’t be reached/],
    ['no size', (_, r) => r.writeHead(409).end('many\n'), /not which/],
    [
      'a larger tree',
      (_, r) => r.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('99\n'),
      /holds 99 entries/,
    ],
    ['ignorance', (_, r) => r.writeHead(404).end(), /does not watch/],
    ['a refusal', (_, r) => r.writeHead(403).end(), /does not know the key/],
    ['a redirect', (_, r) => r.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(), /can’t be reached/],
    ['an error', (_, r) => r.writeHead(500).end('secret detail'), /^answers 500$/],
  ])('names the witness that answers %s', async (_, listener, words) => {
    const asking = witnessing(`witness z ${WITNESS_VKEY} ${await impostor(listener)}\nquorum z`)
    await turn(asking)
    expect(asking.state()).toMatchObject({ witnessed: false, problems: [{ witness: 'z' }] })
    expect(asking.state().problems[0]?.words).toMatch(words)
    expect(asking.served()).toBe(log.checkpoint())
  })

  it('asks one that failed less and less often', async () => {
    let asked = 0
    const url = await impostor((_, response) => {
      asked++
      response.writeHead(500).end()
    })
    const asking = witnessing(`witness z ${WITNESS_VKEY} ${url}\nquorum z`)
    for (let second = 0; second < 30; second++) {
      await turn(asking)
      clock.advance(1_000)
    }
    expect(asked).toBe(5) // after 0, 1, 3, 7 and 15 seconds
  })

  it('finds the proof when its key signed another history elsewhere', async () => {
    const a = await witnessServer('a')
    const forged = await MemoryLog.open(signer, [Buffer.from('forged'), ...entries(1, 4)])
    await turn(witnessing(`${a.line}\nquorum a`, { ledger: forged }))
    const found: Misbehaviour[] = []
    const lines: string[] = []
    const asking = witnessing(`${a.line}\nquorum a`, {
      log: createLog('warn', { write: (line) => void lines.push(line) }),
      onMisbehaviour: async (proof) => void found.push(proof),
    })
    await turn(asking)
    expect(asking.state().problems[0]?.words).toMatch(/contradicts/)
    expect(found).toHaveLength(1)
    const proven = await verifyMisbehaviour(found[0] as Misbehaviour, parseVkey(signer.vkey))
    expect([proven.older.size, proven.newer.size]).toEqual([4, 5])
    expect(lines.join('')).toContain('another history')
  })

  it('does not start with a policy that can’t work', () => {
    const other = signer.vkey.replace(/^[^+]+/, 'example.com/log')
    const elsewhere = formatVkey('example.com/elsewhere', parseVkey(other).publicKey)
    expect(() => witnessing(`log ${elsewhere}\nquorum none`)).toThrow(/does not name this log/)
    const key = parseCosignerVkey(WITNESS_VKEY)
    expect(() => witnessing(`witness w ${key.vkey}\nquorum w`)).toThrow(/has no URL/)
  })
})

/** A line by a key that did not sign this checkpoint. */
async function stranger(name: string): Promise<string> {
  const cosigner = await parseCosignerSkey(await formatCosignerSkey(name, new Uint8Array(32)))
  return cosigner.cosign(
    'example.com/log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n',
    Math.floor(Date.now() / 1000),
  )
}
