import { describe, expect, it } from 'vitest'
import { storeKinds } from '../support/stores.ts'
import { type Lived, Programme } from './rooms-programme.ts'

/** Programmes of three years; SAFELEVEL_PROGRAMMES: how many on each store. */
const PROGRAMMES = Number(process.env.SAFELEVEL_PROGRAMMES ?? 2)
const STEPS = 180

describe.each(storeKinds('programmes of three years'))('programmes of three years on $kind', ({ create, kind }) => {
  it('keep what must hold, whatever people and trainers do', { timeout: PROGRAMMES * 120_000 }, async () => {
    const all: Lived[] = []
    for (let seed = 1; seed <= PROGRAMMES; seed++) {
      await using store = await create()
      const handle = await store.open()
      try {
        await using programme = await Programme.open(handle, seed)
        await programme.live(STEPS)
        expect(programme.wrong, `seed ${seed}`).toEqual([])
        all.push(programme.lived)
      } finally {
        await handle.close()
      }
    }
    const total = (of: keyof Lived) => all.reduce((sum, lived) => sum + lived[of], 0)
    const names = ['days', 'segments', 'refused', 'cleared', 'met', 'halts', 'reopened', 'switches'] as const
    process.stderr.write(`${kind}: ${names.map((name) => `${name} ${total(name)}`).join(', ')}\n`)
    // They have seen something: otherwise it would hold for nothing.
    for (const name of names) expect(total(name), name).toBeGreaterThan(0)
  })
})
