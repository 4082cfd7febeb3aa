import { useEffect, useState } from 'react'
import type { PolicyDraft } from '../../app/api/schema.ts'

/** A text that somebody writes, and the state of the draft that they began from. */
export interface Writing {
  readonly text: string
  readonly base: Pick<PolicyDraft, 'revision' | 'document'>
  /** It says something that isn't stored. */
  readonly isDirty: boolean
  /** Somebody else stored another text meanwhile: theirs is the draft's now, this one is still here. */
  readonly isOvertaken: boolean
  write(text: string): void
  /** Goes on from the draft as it is on the server: with one's own text, or with the one there. */
  goOnFrom(draft: PolicyDraft, text?: string): void
  /** One's own text is stored; what was written while it was on its way isn't yet. */
  savedAs(draft: PolicyDraft): void
}

/** Keeps what is being written apart from what the server says, so that neither overwrites the other. */
export function useWriting(draft: PolicyDraft): Writing {
  const [{ text, base }, setState] = useState({ text: draft.document, base: draft as Writing['base'] })
  const isDirty = text !== base.document
  const differs = draft.revision !== base.revision
  useEffect(() => {
    // Nothing of one's own would be lost: show what is there now.
    if (differs && (!isDirty || text === draft.document)) setState({ text: draft.document, base: draft })
  }, [differs, isDirty, text, draft])
  return {
    text,
    base,
    isDirty,
    isOvertaken: differs && isDirty && text !== draft.document,
    write: (next) => setState((state) => ({ ...state, text: next })),
    goOnFrom: (from, next) => setState({ text: next ?? from.document, base: from }),
    savedAs: (from) => setState((state) => ({ ...state, base: from })),
  }
}
