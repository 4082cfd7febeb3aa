import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ReviewWorld, uphold } from '../../test/support/review-world.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import type { DbHandle } from '../db/index.ts'
import { type Row, rowsOf } from '../screening/evaluation/data/rows.ts'
import { harmfulOf } from './labels.ts'

const PERSON = { type: 'staff', id: 'ann' } as const
const EVER = new Date(0).toISOString()

describe('harmfulOf', () => {
  it.each([
    ['refused', 'uphold', {}, 1],
    ['refused', 'overturn', {}, 0],
    ['cut', 'uphold', {}, 1],
    ['flagged', 'overturn', {}, 0],
    ['allowed', 'uphold', {}, 0],
    ['allowed', 'overturn', {}, 1],
    ['pattern', 'uphold', {}, null],
    ['report', 'uphold', { hate: 'present' }, 1],
    ['refused', 'uphold', { chemical: 'absent' }, 0],
    ['refused', 'uphold', { chemical: 'unsure' }, null],
    ['refused', 'overturn', { chemical: 'absent', hate: 'present' }, 1],
    ['refused', 'uphold', { jailbreak: 'present' }, 1],
  ] as const)('of %s, %s, %o is %s', (basis, outcome, labels, harmful) => {
    expect(harmfulOf(basis, outcome, labels)).toBe(harmful)
  })
})

describe.each(storeKinds('review labels'))('decisions as labelled data on $kind', ({ create }) => {
  let testStore: TestStore
  let handle: DbHandle
  beforeAll(async () => {
    testStore = await create()
    handle = await testStore.open()
  })
  afterAll(async () => {
    await handle.close()
    await testStore[Symbol.asyncDispose]()
  })

  async function decidedWorld(): Promise<ReviewWorld> {
    const world = await ReviewWorld.open(handle, testStore.dataDir)
    const ann = world.person('ann')
    for (let n = 0; n < 5; n++) {
      const decision = world.decision({ side: n % 2 === 0 ? 'prompt' : 'completion' })
      await world.tell(decision)
      if (n !== 3) await world.say(decision, `question ${n}`, `answer ${n}`)
      const held = await world.claim(ann)
      await world.review.decide(ann, held.id, { ...uphold(held.claimId), labels: { self_harm: 'present' } })
      world.clock.advance(1_000)
    }
    return world
  }

  it('gives people the text that is still kept, in a form that the benchmark reads, and says so first', async () => {
    const world = await decidedWorld()
    const { items, next } = await world.review.labels.page(PERSON, { since: EVER, withText: true, limit: 100 })
    expect(next).toBeNull()
    expect(items.map(({ text }) => text)).toEqual(['question 0', 'answer 1', 'question 2', null, 'question 4'])
    expect(items[1]).toMatchObject({
      role: 'pair',
      prompt: 'question 1',
      completion: 'answer 1',
      harmful: 1,
      category: 'self_harm',
      kind: 'direct',
      weak: true,
      labels: { self_harm: 'present' },
    })
    const kinds = world.log.kinds()
    expect(kinds.indexOf('review.labels_exported')).toBeLessThan(kinds.indexOf('content.read'))
    expect(kinds.filter((kind) => kind === 'content.read')).toHaveLength(4)

    const dir = mkdtempSync(join(tmpdir(), 'safelevel-labels-'))
    const file = join(dir, 'labels.jsonl')
    writeFileSync(file, items.map((item) => `${JSON.stringify(item)}\n`).join(''))
    const rows: Row[] = []
    for await (const row of rowsOf(file)) rows.push(row)
    rmSync(dir, { recursive: true })
    expect(rows.map(({ role, harmful, text }) => [role, harmful, text])).toEqual([
      ['prompt', 1, 'question 0'],
      ['pair', 1, 'answer 1'],
      ['prompt', 1, 'question 2'],
      ['prompt', 1, 'question 4'],
    ])
  })

  it('gives programs no text, pages through all once, and gives nothing that it cannot record', async () => {
    const world = await decidedWorld()
    const operator = { type: 'operator', id: 'operator' } as const
    const withText = { since: EVER, withText: true, limit: 100 }
    await expect(world.review.labels.page(operator, withText)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await world.review.labels.page(operator, { since: EVER, withText: false, limit: 2, cursor })
      for (const item of page.items) {
        expect([item.text, item.prompt, item.completion]).toEqual([null, null, null])
        seen.push(item.case)
      }
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    expect(new Set(seen).size).toBe(5)
    expect(seen).toHaveLength(5)
    world.log.failing = 'before'
    await expect(world.review.labels.page(operator, { since: EVER, withText: false, limit: 2 })).rejects.toMatchObject({
      code: 'LEDGER_UNAVAILABLE',
    })
  })
})
