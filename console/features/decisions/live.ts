import { useEffect, useRef, useState } from 'react'
import type { RecordedDecision } from '../../app/api/schema.ts'
import { type DecisionsSearch, toQuery } from './search.ts'

/** More than anybody reads; older ones are in the list of the server. */
const KEPT = 500
const FLUSH_MS = 250
const TRY_AGAIN_MS = 5_000

export interface Live {
  /** Newest first, those of this page's time alone. */
  readonly arrived: readonly RecordedDecision[]
  readonly state: 'connecting' | 'live' | 'lost'
}

const NOTHING: Live = { arrived: [], state: 'connecting' }

/**
 * Decisions as they are recorded.
 *
 * @param search null: nothing is followed.
 * @param onGap called when some were missed, and each time the connection stands: what came in between is in the list.
 */
export function useLive(search: DecisionsSearch | null, onGap: () => void): Live {
  const address = search === null ? null : addressOf(search)
  const [live, setLive] = useState(NOTHING)
  const [tries, setTries] = useState(0)
  const gap = useRef(onGap)
  gap.current = onGap
  useEffect(() => {
    setLive(NOTHING)
  }, [address])
  useEffect(() => {
    if (address === null) return
    const source = new EventSource(address)
    let waiting: RecordedDecision[] = []
    const flush = setInterval(() => {
      if (waiting.length === 0) return
      const fresh = waiting
      waiting = []
      setLive((was) => ({ ...was, arrived: [...fresh.toReversed(), ...was.arrived].slice(0, KEPT) }))
    }, FLUSH_MS)
    let again: ReturnType<typeof setTimeout> | undefined
    source.addEventListener('open', () => {
      setLive((was) => ({ ...was, state: 'live' }))
      gap.current()
    })
    source.addEventListener('gap', () => gap.current())
    source.addEventListener('decision', (event: MessageEvent<string>) => {
      const decision: RecordedDecision = JSON.parse(event.data)
      waiting.push(decision)
      if (waiting.length > KEPT) waiting.shift()
    })
    source.addEventListener('error', () => {
      setLive((was) => ({ ...was, state: 'lost' }))
      // Where it was refused the browser does not come back by itself.
      if (source.readyState === EventSource.CLOSED) again = setTimeout(() => setTries((n) => n + 1), TRY_AGAIN_MS)
    })
    return () => {
      source.close()
      clearInterval(flush)
      clearTimeout(again)
    }
  }, [address, tries])
  return live
}

function addressOf(search: DecisionsSearch): string {
  const { since: _, until: __, idPrefix: ___, ...filters } = toQuery(search) ?? {}
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(filters)) if (value !== undefined) query.set(name, String(value))
  return `/api/v1/decisions/live?${query}`
}

/** Each decision once, newest first, in the order of their ids. */
export function merged(
  arrived: readonly RecordedDecision[],
  listed: readonly RecordedDecision[],
): readonly RecordedDecision[] {
  const byId = new Map([...listed, ...arrived].map((decision) => [decision.id, decision]))
  return [...byId.values()].sort((a, b) => (a.id < b.id ? 1 : -1))
}
