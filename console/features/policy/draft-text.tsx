import { useMutation, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useRef } from 'react'
import { ApiProblem, call } from '../../app/api/client.ts'
import type { PolicyDraft } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import type { EditorHandle } from '../../components/code-editor.tsx'
import { Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { useToast } from '../../components/toast.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { Findings, FindingsInShort } from './findings.tsx'
import { draftQuery, useTakeDraft } from './queries.ts'
import type { Lint } from './use-lint.ts'
import type { Writing } from './use-writing.ts'

const CodeEditor = lazy(async () => ({ default: (await import('../../components/code-editor.tsx')).CodeEditor }))

interface DraftTextProps {
  readonly draft: PolicyDraft
  readonly writing: Writing
  readonly lint: Lint
}

/** The document, checked as it is written. A save that meets somebody else's is refused, and both texts are shown. */
export function DraftText({ draft, writing, lint }: DraftTextProps) {
  const { may: edits } = usePermissions()('policy.edit')
  const { mutate: save, isPending, error } = useSave(draft, writing)
  const editor = useRef<EditorHandle>(null)
  const writable = edits && draft.state === 'open'
  const canSave = writable && writing.isDirty && !writing.isOvertaken
  useSaveKey(canSave && !isPending ? save : null)
  return (
    <div className="flex flex-col gap-3">
      {writing.isOvertaken && <Overtaken draft={draft} writing={writing} />}
      {error !== null && !writing.isOvertaken && <ProblemNote problem={error} />}
      <div className="flex min-h-8 flex-wrap items-center justify-between gap-3">
        <FindingsInShort lint={lint} />
        {writable && (
          <div className="flex items-center gap-3">
            {writing.isDirty ? (
              <StateMark state="watch">not saved</StateMark>
            ) : (
              <span className="text-quiet">saved</span>
            )}
            <Button look="primary" disabled={!canSave} busy={isPending} onClick={() => save()}>
              Save
            </Button>
          </div>
        )}
      </div>
      <Suspense fallback={<Skeleton className="h-96" />}>
        <CodeEditor
          label="Text of the policy, YAML"
          text={writing.text}
          onChange={writing.write}
          marks={lint.result?.findings ?? NONE}
          readOnly={!writable}
          against={writing.isOvertaken ? draft.document : null}
          handle={editor}
        />
      </Suspense>
      <Findings lint={lint} onGoTo={(line, column) => editor.current?.goTo(line, column)} />
    </div>
  )
}

const NONE: NonNullable<Lint['result']>['findings'] = []

function useSave(draft: PolicyDraft, writing: Writing) {
  const client = useQueryClient()
  const takeDraft = useTakeDraft()
  const toast = useToast()
  return useMutation({
    mutationFn: async () => {
      const body = { revision: writing.base.revision, document: writing.text }
      const next = await call('PATCH /api/v1/policy/drafts/{id}', { params: { id: draft.id }, body })
      // What was typed while it was on its way stays, on top of what is stored now.
      writing.savedAs(next)
      await takeDraft(next)
      toast('Saved', 'It decides nothing until it is published.')
    },
    onError: async (error) => {
      if (error instanceof ApiProblem && error.code === 'CONFLICT')
        await client.invalidateQueries({ queryKey: draftQuery(draft.id).queryKey, exact: true })
    },
  })
}

function useSaveKey(save: (() => void) | null): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.metaKey || event.ctrlKey) || event.key !== 's') return
      event.preventDefault()
      save?.()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [save])
}

function Overtaken({ draft, writing }: Omit<DraftTextProps, 'lint'>) {
  return (
    <div role="alert" className="flex flex-col gap-3 rounded-md border border-watch bg-watch-soft p-3">
      <p>
        <StateMark state="watch">
          <PersonName id={draft.updatedBy} /> saved another text
        </StateMark>{' '}
        <When at={draft.updatedAt} />. Yours is still here and was not stored. Below both are shown where they differ:
        what stands on red is theirs. Take it or leave it, place by place, or decide for all of it.
      </p>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => writing.goOnFrom(draft, writing.text)}>Go on with what is below</Button>
        <Button look="danger" onClick={() => writing.goOnFrom(draft)}>
          Drop mine, take theirs
        </Button>
      </div>
    </div>
  )
}
