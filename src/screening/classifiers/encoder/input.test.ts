import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { spansOver, windowsOver } from './input.ts'

const shape = { maxTokens: 32, stride: 20, special: { padding: 0, unknown: 1, start: 2, separator: 3 } }
const ids = (length: number) => Array.from({ length }, (_, i) => 100 + i)

describe('spansOver', () => {
  const cases = fc.record({
    length: fc.nat(2_000),
    room: fc.integer({ min: 1, max: 200 }),
    strideShare: fc.double({ min: 0.01, max: 1, noNaN: true }),
    newShare: fc.double({ min: 0, max: 1, noNaN: true }),
  })

  it('covers every token, with windows that fit and the last ending with the text', () => {
    fc.assert(
      fc.property(cases, ({ length, room, strideShare }) => {
        const spans = spansOver(length, room, Math.max(1, Math.floor(room * strideShare)))
        expect(spans[0]?.from).toBe(0)
        expect(spans.at(-1)?.to).toBe(length)
        for (const [i, { from, to }] of spans.entries()) {
          expect(to - from).toBeLessThanOrEqual(room)
          expect(from).toBeLessThanOrEqual(spans[i - 1]?.to ?? 0)
        }
      }),
    )
  })

  it('covers every new token, with no window that holds old ones only', () => {
    fc.assert(
      fc.property(cases, ({ length, room, strideShare, newShare }) => {
        const newFrom = Math.floor(length * newShare)
        const spans = spansOver(length, room, Math.max(1, Math.floor(room * strideShare)), newFrom)
        expect(spans.at(-1)?.to).toBe(length)
        for (const [i, { from, to }] of spans.entries()) {
          expect(to - from).toBeLessThanOrEqual(room)
          if (i > 0) expect(from).toBeLessThanOrEqual(spans[i - 1]?.to ?? 0)
          if (newFrom > 0 && newFrom < length) expect(to).toBeGreaterThan(newFrom)
        }
        expect(spans[0]?.from).toBeLessThanOrEqual(newFrom)
      }),
    )
  })

  it('needs one window for what a stream adds, however long the text before it', () => {
    expect(spansOver(145, 84, 63, 130)).toEqual([{ from: 61, to: 145 }])
  })

  it('starts windows as the training code does', () => {
    expect(spansOver(230, 126, 96).map(({ from }) => from)).toEqual([0, 96, 104])
    expect(spansOver(222, 126, 96).map(({ from }) => from)).toEqual([0, 96])
    expect(spansOver(126, 126, 96)).toEqual([{ from: 0, to: 126 }])
    expect(spansOver(0, 126, 96)).toEqual([{ from: 0, to: 0 }])
  })
})

describe('windowsOver', () => {
  it('frames a prompt', () => {
    const [window] = windowsOver(ids(3), null, shape)
    expect([...(window?.input.ids ?? [])]).toEqual([2, 100, 101, 102, 3])
    expect(window?.input.typesFrom).toBe(5)
  })

  it('puts the prompt before a completion, its middle left out when both do not fit', () => {
    const [window] = windowsOver(ids(40), ids(50), shape)
    const all = [...(window?.input.ids ?? [])]
    // room 29: a third of it, 9, for the prompt: its first 5 and last 4
    expect(all.slice(0, 11)).toEqual([2, 100, 101, 102, 103, 104, 146, 147, 148, 149, 3])
    expect(all.length).toBe(32)
    expect(window?.input.typesFrom).toBe(11)
  })

  it('gives the prompt the room that a short completion leaves', () => {
    const [window] = windowsOver(ids(4), ids(50), shape)
    expect(window?.input.typesFrom).toBe(25 + 2)
  })

  it('never exceeds what the model takes, and holds every token of the text', () => {
    const lengths = fc.record({ text: fc.nat(400), prompt: fc.option(fc.nat(100)) })
    fc.assert(
      fc.property(lengths, ({ text, prompt }) => {
        const windows = windowsOver(ids(text), prompt === null ? null : ids(prompt), shape)
        const held = new Set<number>()
        for (const { input, from, to } of windows) {
          expect(input.ids.length).toBeLessThanOrEqual(shape.maxTokens)
          expect([...input.ids.slice(-1 - (to - from), -1)]).toEqual(ids(text).slice(from, to))
          for (let at = from; at < to; at++) held.add(at)
        }
        expect(held.size).toBe(text)
      }),
    )
  })
})
