import { describe, expect, it } from 'vitest'
import { AppError } from '../../base/errors.ts'
import { systemIds } from '../../base/ids.ts'
import { linkPort, modelPort, Probe, type ServedAs } from './sources.ts'

const notThere = () => Promise.reject(new AppError('NOT_FOUND', 'not there'))
const signal = AbortSignal.timeout(10_000)
const REQUEST = {
  api: 'openai-chat',
  path: '/v1/chat/completions',
  headers: { a: 'b' },
  body: Buffer.from('{}'),
} as const

/** A log of events about subjects of this type, the last of which can be read. */
function ledgerOf(type: string, size: number) {
  const ledger = {
    size,
    read: 0,
    async entries(from: number, limit: number) {
      const positions = Array.from({ length: Math.max(0, Math.min(limit, ledger.size - from)) }, (_, i) => from + i)
      ledger.read += positions.length
      return positions.map((position) => ({
        ...{ position, recordedAt: '2026-01-01T00:00:00.000Z', leafHash: '0'.repeat(64) },
        event:
          position % 7 === 0
            ? null
            : {
                ...{ id: `evt_${position}`, time: '2026-01-01T00:00:00.000Z', kind: 'intake.report_read' },
                ...{ actor: { type: 'system' as const, id: 'x' }, subject: { type, id: `rep_${position % 3}` } },
                ...{ digests: {}, data: {} },
              },
      }))
    },
  }
  return ledger
}
const links = (ledger: ReturnType<typeof ledgerOf>) =>
  linkPort({ policies: { version: notThere }, registry: { checkpoints: { get: notThere } as never }, ledger })

describe('where the ledger tells of a report', () => {
  it('is read once, as far back as is looked, and then only what has come since', async () => {
    const ledger = ledgerOf('report', 20_000)
    const port = links(ledger)
    const found = await port.positions(['rep_1'])
    expect(ledger.read).toBe(5_000)
    expect(found.length).toBeGreaterThan(1_000)
    expect(found.every(({ id, position }) => id === 'rep_1' && position % 3 === 1 && position >= 15_000)).toBe(true)
    ledger.size = 20_010
    const [more] = await Promise.all([port.positions(['rep_1']), port.positions(['rep_2'])])
    expect(ledger.read).toBe(5_010)
    expect(more.length).toBeGreaterThan(found.length)
    expect(new Set(more.map(({ position }) => position)).size).toBe(more.length)
  })

  it('leaves out decisions, and knows nothing of what is not there', async () => {
    const port = links(ledgerOf('request', 100))
    expect(await port.positions(['rep_1'])).toEqual([])
    expect([await port.policyVersion('x'), await port.checkpoint('x/y'), await port.card('x', null)]).toEqual([
      null,
      null,
      null,
    ])
  })
})

describe('the way to what is deployed', () => {
  const surfaces = [
    { kind: 'partner', name: 'p', gatewayModels: [] },
    { kind: 'api', name: 'api', gatewayModels: ['gone', 'orca'] },
  ]
  const deployment = { id: 'main', checkpoint: 'orca/3', surfaces, withdrawnAt: null as string | null }
  const server: ServedAs = {
    ...{ api: 'anthropic-messages', upstreamModel: 'raw' },
    send: async () => ({ status: 200, headers: {}, body: 'past the gateway' }),
  }
  const port = (probe: Probe, served = (name: string) => (name === 'orca' ? server : null)) =>
    modelPort({ registry: { deployments: { get: async () => deployment } as never }, served, probe })

  it('is the first model of it that the gateway serves as a chat; none is a conflict', async () => {
    const probe = new Probe(systemIds)
    expect(await port(probe).target('main')).toMatchObject({
      model: 'orca',
      upstreamModel: 'raw',
      checkpoint: 'orca/3',
    })
    await expect(port(probe, () => null).target('main')).rejects.toMatchObject({ code: 'CONFLICT' })
    const withdrawn = modelPort({
      ...{ registry: { deployments: { get: async () => ({ ...deployment, withdrawnAt: 'x' }) } as never }, probe },
      served: () => server,
    })
    await expect(withdrawn.target('main')).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('goes through our own door under a key that only this process knows, or past it', async () => {
    const probe = new Probe(systemIds)
    const target = await port(probe).target('main')
    await expect(port(probe).ask(target, REQUEST, 'gateway', signal)).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
    })
    const seen: { url: string; key: string }[] = []
    probe.reachedAt('http://door', async (url, request) => {
      seen.push({ url, key: request.headers?.authorization?.replace('Bearer ', '') ?? '' })
      const headers = new Map([['x-safelevel-decision', 'dec_1']])
      const answer = { get: (name: string) => headers.get(name) ?? null }
      return {
        ok: true,
        status: 200,
        headers: answer,
        body: null,
        text: async () => 'through it',
        json: async () => null,
      }
    })
    const through = await port(probe).ask(target, REQUEST, 'gateway', signal)
    expect(through).toEqual({ status: 200, headers: { 'x-safelevel-decision': 'dec_1' }, body: 'through it' })
    expect(seen[0]?.url).toBe('http://door/v1/chat/completions')
    expect(probe.owns(seen[0]?.key ?? '')).toBe(true)
    expect(new Probe(systemIds).owns(seen[0]?.key ?? '')).toBe(false)
    expect((await port(probe).ask(target, REQUEST, 'model', signal)).body).toBe('past the gateway')
  })
})
