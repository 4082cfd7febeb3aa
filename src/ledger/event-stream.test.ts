import { describe, expect, it } from 'vitest'
import { eventStream, type FollowedLedger } from './event-stream.ts'
import { kindFits } from './kinds.ts'
import type { AppendListener } from './ledger.ts'
import { recordedEvent } from './recent.ts'
import type { LedgerEntry, LedgerEvent } from './schema.ts'

/** A ledger in memory, as far as one follows it. */
class Entries implements FollowedLedger {
  readonly #entries: LedgerEntry[] = []
  readonly listeners = new Set<AppendListener>()
  reads = 0

  get size(): number {
    return this.#entries.length
  }

  add(kind: string, options: { silently?: boolean; erased?: boolean } = {}): void {
    const position = this.size
    const event: LedgerEvent = {
      id: `evt_${position}`,
      time: '2026-01-01T00:00:00.000Z',
      kind,
      actor: { type: 'system', id: 'test' },
      subject: { type: 'thing', id: 'a' },
      digests: {},
      data: {},
    }
    const leafHash = '0'.repeat(64)
    this.#entries.push({ position, recordedAt: event.time, leafHash, event: options.erased ? null : event })
    if (!options.silently) for (const listener of this.listeners) listener(recordedEvent(position, event))
  }

  async entries(from: number, limit: number): Promise<LedgerEntry[]> {
    this.reads++
    return this.#entries.slice(from, from + limit)
  }

  listen(listener: AppendListener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
}

function reading(ledger: Entries, from: number, kinds: readonly string[] = ['*']) {
  const abort = new AbortController()
  const reader = eventStream(ledger, { from, kinds, signal: abort.signal }).getReader()
  let text = ''
  const positions = () => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
  const until = async (count: number) => {
    while (positions().length < count) {
      const { done, value } = await reader.read()
      if (done) break
      text += new TextDecoder().decode(value)
    }
    return positions()
  }
  return { until, abort, reader, text: () => text }
}

describe('the stream of events', () => {
  it('begins where it is told to, and goes on with what is recorded', async () => {
    const ledger = new Entries()
    for (let n = 0; n < 450; n++) ledger.add('a.b')
    const { until, text } = reading(ledger, 100)
    expect(await until(350)).toEqual(Array.from({ length: 350 }, (_, n) => n + 100))
    const coming = until(351)
    ledger.add('a.c')
    expect((await coming).at(-1)).toBe(450)
    expect(text()).toMatch(/^retry: 1000\n\nid: 100\nevent: entry\ndata: \{"position":100,/)
  })

  it('finds what another process recorded', async () => {
    const ledger = new Entries()
    const { until } = reading(ledger, 0)
    const coming = until(1)
    ledger.add('a.b', { silently: true })
    expect(await coming).toEqual([0])
  })

  it('shows the kinds that were asked for, and nothing of what was erased', async () => {
    const ledger = new Entries()
    ledger.add('gateway.decision')
    ledger.add('enforcement.strike_recorded', { erased: true })
    ledger.add('enforcement.action_taken')
    ledger.add('policy.published')
    const { until } = reading(ledger, 0, ['enforcement.*', 'policy.published'])
    expect(await until(2)).toEqual([2, 3])
  })

  it('reads no faster than its reader', async () => {
    const ledger = new Entries()
    for (let n = 0; n < 5_000; n++) ledger.add('a.b')
    const { until } = reading(ledger, 0)
    await until(1)
    expect(ledger.reads).toBe(1)
  })

  it('lets go of the ledger when either side ends it', async () => {
    const ledger = new Entries()
    const first = reading(ledger, 0)
    const waiting = first.until(1)
    await expect.poll(() => ledger.listeners.size).toBe(1)
    first.abort.abort()
    expect(await waiting).toEqual([])
    await expect.poll(() => ledger.listeners.size).toBe(0)
    expect((await first.reader.read()).done).toBe(true)
  })
})

describe('kinds', () => {
  it.each([
    ['a.b', ['a.b'], true],
    ['a.b', ['a.*'], true],
    ['ab.c', ['a.*'], false],
    ['a.b', ['*'], true],
    ['a.b', ['a'], false],
    ['a.b', [], false],
  ])('%s by %j: %s', (kind, patterns, fits) => {
    expect(kindFits(kind, patterns)).toBe(fits)
  })
})
