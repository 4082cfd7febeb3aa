import { afterAll, beforeAll, expect, it } from 'vitest'
import { ControlWorld } from '../../test/support/control-world.ts'
import { dataset, datasetRecord } from '../../test/support/refusal-results.ts'
import { SpotVerdicts } from '../refusal/constitution/index.ts'
import { Recorded } from '../refusal/records/index.ts'
import type { Reviewer } from '../review/index.ts'

const ann: Reviewer = { id: 'ann', roles: new Set(['analyst']) }
const ben: Reviewer = { id: 'ben', roles: new Set(['analyst']) }

let world: ControlWorld
beforeAll(async () => {
  world = await ControlWorld.open()
})
afterAll(() => world[Symbol.asyncDispose]())

it('records that were drawn are cases of a queue of their own, and what people find comes back by record', async () => {
  const { head, body } = dataset([0, 1, 2, 3].map((n) => datasetRecord(n, { spotCheck: n > 0 })))
  const sent = () =>
    world.call('POST', '/api/v1/refusal/datasets', body, {
      'content-type': 'application/x-ndjson',
      'content-length': String(Buffer.byteLength(body)),
    })
  const first = await sent()
  expect(first.status).toBe(201)
  const { id } = Recorded.parse(await first.json())
  // Sent again, it opens no second case.
  expect((await sent()).status).toBe(201)
  const { review } = world.deps
  const { items } = await review.cases(ann, { queue: 'constitution', state: 'open', limit: 50 })
  expect(items).toHaveLength(3)
  expect(await review.openIn('constitution')).toBe(3)
  expect(items[0]).toMatchObject({ basis: 'dataset', desk: 'ordinary', severity: 'low', label: null, clause: null })

  const verdicts = ['uphold', 'overturn'] as const
  const decided = new Map<number, string>()
  for (const verdict of verdicts) {
    const found = await review.claims.next(ann, 'constitution')
    const claim = found?.claim?.id ?? ''
    const detail = await review.readings.get(ann, found?.id ?? '')
    expect(detail.record).toMatchObject({ dataset: id })
    decided.set(detail.record?.position ?? -1, verdict)
    let after = await review.decide(ann, detail.id, { claim, verdict, labels: {}, note: '' })
    // One in ten gets a second reader.
    if (after.state === 'second_reading') {
      const second = await review.claims.take(ben, detail.id)
      after = await review.decide(ben, detail.id, { claim: second.claim?.id ?? '', verdict, labels: {}, note: '' })
    }
    expect(after.state).toBe('decided')
  }
  expect([await review.openIn('constitution'), await review.openIn('cyber')]).toEqual([1, 0])
  const answer = await world.call('GET', `/api/v1/refusal/datasets/${id}/spot-checks`)
  const told = SpotVerdicts.parse(await answer.json())
  expect(told.records).toBe(head.records.digest)
  const named = { uphold: 'upheld', overturn: 'rejected' } as const
  const expected = [...decided].map(([position, verdict]) => [
    `prompt-${position}`,
    verdict === 'uphold' ? named.uphold : named.overturn,
  ])
  expect(told.verdicts).toEqual(Object.fromEntries(expected))
  expect((await world.call('GET', '/api/v1/refusal/datasets/rds_none/spot-checks')).status).toBe(404)
})
