import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Mark, VerifiedWindows, type WindowOptions } from './windows.ts'

const HARM = 'HARMFUL-SPAN'

/** Feeds chunks as a relay does; a window that shows the span is refused. Returns what left. */
function relay(chunks: readonly string[], options: WindowOptions): { released: string; refused: boolean } {
  const windows = new VerifiedWindows(options)
  const queue: { text: string; marks: Mark[] }[] = []
  let released = ''
  const release = (complete: boolean) => {
    for (let head = queue[0]; head !== undefined && windows.mayLeave(head.marks, complete); head = queue[0]) {
      released += head.text
      queue.shift()
    }
  }
  const judge = (): boolean => {
    const due = windows.due()
    if (due.some((segment) => segment.text.includes(HARM))) return false
    windows.markJudged(due)
    return true
  }
  for (const text of chunks) {
    queue.push({ text, marks: windows.append([{ track: 'choice 0 text', kind: 'text', text }]) })
    if (options.mode === 'tail') release(false)
    if (!judge()) return { released, refused: true }
    release(false)
  }
  windows.closeAll()
  if (!judge()) return { released, refused: true }
  release(true)
  return { released, refused: false }
}

const options = fc.record({
  mode: fc.constantFrom('hold', 'whole'),
  windowChars: fc.integer({ min: 1, max: 50 }),
  holdBackChars: fc.integer({ min: HARM.length, max: 60 }),
  overlapChars: fc.integer({ min: 0, max: 60 }),
})

describe('VerifiedWindows', () => {
  it('releases everything, in order, when nothing is refused', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 30 })), options, (chunks, opts) => {
        expect(relay(chunks, opts)).toEqual({ released: chunks.join(''), refused: false })
      }),
    )
  })

  it('never releases a character of a span that fits the hold-back, however it is cut into chunks', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 200 }),
        fc.string({ maxLength: 200 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        options,
        (before, after, sizes, opts) => {
          const { released, refused } = relay(cut(before + HARM + after, sizes), opts)
          expect(refused).toBe(true)
          expect(before.startsWith(released)).toBe(true)
          if (opts.mode === 'whole') expect(released).toBe('')
        },
      ),
    )
  })

  it('leaks no more of a longer span than its length less the hold-back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: HARM.length - 1 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 20 }),
        (holdBackChars, sizes, windowChars) => {
          const before = 'x'.repeat(100)
          const opts = { mode: 'hold' as const, windowChars, holdBackChars, overlapChars: HARM.length }
          const { released } = relay(cut(`${before}${HARM}`, sizes), opts)
          expect(released.length - before.length).toBeLessThan(HARM.length - holdBackChars)
        },
      ),
    )
  })

  it('releases at once in tail, which is why tail is not an enforced mode', () => {
    const opts = { mode: 'tail' as const, windowChars: 5, holdBackChars: 20, overlapChars: 20 }
    expect(relay(['HARMFUL-', 'SPAN', ' more'], opts)).toEqual({ released: 'HARMFUL-SPAN more', refused: true })
  })

  it('holds an event until all of its tracks were judged', () => {
    const windows = new VerifiedWindows({ mode: 'hold', windowChars: 4, holdBackChars: 2, overlapChars: 2 })
    const marks = windows.append([
      { track: 'a', kind: 'text', text: 'long enough' },
      { track: 'b', kind: 'reasoning', text: 'abc' },
    ])
    windows.close('a')
    windows.markJudged(windows.due())
    expect(windows.mayLeave(marks, false)).toBe(false)
    windows.close('b')
    windows.markJudged(windows.due())
    expect(windows.mayLeave(marks, false)).toBe(true)
  })

  it('never releases a character of a span that lies over several blocks of one text', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 100 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        options,
        (before, sizes, opts) => {
          const windows = new VerifiedWindows(opts)
          const queue: { text: string; marks: Mark[] }[] = []
          let released = ''
          let refused = false
          const step = (complete: boolean) => {
            const due = windows.due()
            refused ||= due.some((segment) => segment.text.includes(HARM))
            if (refused) return
            windows.markJudged(due)
            for (let head = queue[0]; head !== undefined && windows.mayLeave(head.marks, complete); head = queue[0]) {
              released += head.text
              queue.shift()
            }
          }
          for (const [block, text] of cut(before + HARM, sizes).entries()) {
            queue.push({ text, marks: windows.append([{ track: `content ${block} text`, kind: 'text', text }]) })
            step(false)
            windows.close(`content ${block} text`)
            step(false)
          }
          windows.closeAll()
          step(true)
          expect(refused).toBe(true)
          expect(before.startsWith(released)).toBe(true)
        },
      ),
    )
  })

  it('lets go of a block once another kind of text has begun', () => {
    const windows = new VerifiedWindows({ mode: 'hold', windowChars: 4, holdBackChars: 20, overlapChars: 20 })
    const marks = windows.append([{ track: 'content 0 thinking', kind: 'reasoning', text: 'a thought' }])
    windows.close('content 0 thinking')
    windows.markJudged(windows.due())
    expect(windows.mayLeave(marks, false)).toBe(false)
    windows.append([{ track: 'content 1 text', kind: 'text', text: 'A' }])
    expect(windows.mayLeave(marks, false)).toBe(true)
  })

  it('keeps no more text than the overlap and what is not judged yet', () => {
    const windows = new VerifiedWindows({ mode: 'hold', windowChars: 10, holdBackChars: 20, overlapChars: 50 })
    for (let i = 0; i < 10_000; i++) {
      windows.append([{ track: 'a', kind: 'text', text: '0123456789' }])
      const due = windows.due()
      expect(due.reduce((sum, segment) => sum + segment.text.length, 0)).toBeLessThanOrEqual(60)
      windows.markJudged(due)
    }
    expect(windows.judgedChars).toBe(100_000)
  })
})

function cut(text: string, sizes: readonly number[]): string[] {
  const chunks: string[] = []
  for (let at = 0, i = 0; at < text.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    chunks.push(text.slice(at, at + size))
    at += size
  }
  return chunks
}
