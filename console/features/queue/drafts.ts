import { useState } from 'react'
import type { ReviewReadingInput } from '../../app/api/schema.ts'
import type { Verdict } from './words.ts'

/** What somebody has made of a case so far. */
export interface Draft {
  readonly verdict: Verdict | null
  readonly labels: NonNullable<ReviewReadingInput['labels']>
  readonly note: string
  readonly proposal: ReviewReadingInput['proposal']
}

const EMPTY: Draft = { verdict: null, labels: {}, note: '', proposal: undefined }

/** In memory alone: gone with the page, and so with the session. */
const drafts = new Map<string, Draft>()

/** Keeps what was typed while one looks elsewhere, loses a claim, or is refused. */
export function useDraft(caseId: string) {
  const [draft, setDraft] = useState(() => drafts.get(caseId) ?? EMPTY)
  const change = (part: Partial<Draft>) =>
    setDraft((was) => {
      const next = { ...was, ...part }
      drafts.set(caseId, next)
      return next
    })
  const forget = () => {
    drafts.delete(caseId)
    setDraft(EMPTY)
  }
  return { draft, change, forget }
}
