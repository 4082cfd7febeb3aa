import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { PolicyLint } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'

const PAUSE_MS = 350

export interface Lint {
  readonly result: PolicyLint | undefined
  /** What is shown is about an older text. */
  readonly isChecking: boolean
  readonly error: unknown
}

/** What can be said against a text, a moment after the last key; of who may not edit, against what is stored. */
export function useLint(draftId: string, revision: string, text: string): Lint {
  const { may: edits } = usePermissions()('policy.edit')
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])
  const { data, error, isFetching, isPlaceholderData } = useQuery({
    queryKey: edits ? ['policy', 'lint', settled] : ['policy', 'draft', draftId, 'lint', revision],
    queryFn: () =>
      settled === ''
        ? EMPTY
        : edits
          ? call('POST /api/v1/policy/lint', { body: { document: settled } })
          : call('GET /api/v1/policy/drafts/{id}/lint', { params: { id: draftId } }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
  })
  return {
    result: data,
    isChecking: settled !== text || isPlaceholderData || (isFetching && data === undefined),
    error,
  }
}

const EMPTY: PolicyLint = {
  ok: false,
  findings: [{ level: 'error', line: 1, column: 1, rule: 'schema', path: '', message: 'there is no text' }],
}
