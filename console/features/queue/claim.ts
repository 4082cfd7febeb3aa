import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { ApiProblem, call } from '../../app/api/client.ts'
import type { ReviewCaseDetail } from '../../app/api/schema.ts'
import { useMe } from '../../app/session.ts'
import { caseQuery, useRefreshQueue } from './queries.ts'

const BEAT_EVERY_MS = 30_000
const SIGNS = ['pointermove', 'keydown', 'scroll', 'pointerdown'] as const

/** Milliseconds, moving on every second. */
function useSeconds(): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return now
}

export interface HeldClaim {
  /** Null: it is not held by who looks at it. */
  readonly id: string | null
  readonly leftMs: number
  /** It was theirs on this page, and is no more. */
  readonly lost: boolean
  readonly busy: boolean
  readonly problem: unknown
  take(): void
  release(): void
}

/**
 * The claim of who looks at a case. While they move, type or scroll it is kept alive; while nobody does it runs out by itself, so that a
 * case never waits behind an empty chair.
 */
export function useClaim(one: ReviewCaseDetail): HeldClaim {
  const me = useMe()
  const client = useQueryClient()
  const refresh = useRefreshQueue()
  const now = useSeconds()
  const [had, setHad] = useState(false)
  const { claim } = one
  const leftMs = claim === null || claim.by !== me.person.id ? 0 : Math.max(0, Date.parse(claim.expiresAt) - now)
  const id = leftMs > 0 && claim !== null && !claim.expired ? claim.id : null
  useEffect(() => {
    if (id !== null) setHad(true)
  }, [id])
  useHeartbeat(one.id, id)
  const readAnew = async () => {
    await client.invalidateQueries({ queryKey: caseQuery(one.id).queryKey })
    await refresh()
  }
  const { mutate, isPending, error } = useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onSuccess: readAnew,
    // What went wrong is said at once, not when that is done.
    onError: () => void readAnew(),
  })
  return {
    id,
    leftMs,
    lost: had && id === null && one.state !== 'decided',
    busy: isPending,
    problem: error,
    take: () => mutate(() => call('POST /api/v1/review/claims', { body: { case: one.id } })),
    release: () =>
      mutate(async () => {
        if (id === null) return
        await call('POST /api/v1/review/cases/{id}/release', { params: { id: one.id }, body: { claim: id } })
        setHad(false)
      }),
  }
}

function useHeartbeat(caseId: string, claim: string | null): void {
  const client = useQueryClient()
  const last = useRef(0)
  useEffect(() => {
    if (claim === null) return
    last.current = Date.now()
    const beat = () => {
      if (Date.now() - last.current < BEAT_EVERY_MS) return
      last.current = Date.now()
      const { queryKey } = caseQuery(caseId)
      call('POST /api/v1/review/cases/{id}/heartbeat', { params: { id: caseId }, body: { claim } })
        .then((kept) => client.setQueryData(queryKey, (was) => (was === undefined ? was : { ...was, claim: kept })))
        .catch((error) => {
          // Not theirs any more: the page asks anew how it stands. Whatever else it is, the next sign tries again.
          if (error instanceof ApiProblem && error.code === 'CONFLICT') void client.invalidateQueries({ queryKey })
        })
    }
    for (const sign of SIGNS) document.addEventListener(sign, beat, { passive: true, capture: true })
    return () => {
      for (const sign of SIGNS) document.removeEventListener(sign, beat, { capture: true })
    }
  }, [caseId, claim, client])
}

/** `02:41` */
export function countdown(ms: number): string {
  const seconds = Math.ceil(ms / 1_000)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`
}
