import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { ApiProblem, call } from '../../app/api/client.ts'
import type { CardCheck, CardVersionWithCheck } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import type { EditorHandle } from '../../components/code-editor.tsx'
import { count } from '../../components/count.ts'
import { EmptyState, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { CardFindings } from './card-findings.tsx'
import { PublishDialog } from './publish-dialog.tsx'
import { cardVersionQuery, useCardsChanged } from './queries.ts'
import { OUTCOMES } from './words.ts'

const CodeEditor = lazy(async () => ({ default: (await import('../../components/code-editor.tsx')).CodeEditor }))

const PAUSE_MS = 400

/** The draft of a card, checked against the records as it is written. */
export function CardDraft({ model }: { readonly model: string }) {
  const { data, error } = useQuery(cardVersionQuery(model, 'draft'))
  if (error instanceof ApiProblem && error.code === 'NOT_FOUND') return <Begin model={model} />
  if (error !== null) return <ProblemNote problem={error} />
  if (data === undefined) return <Skeleton className="h-96" />
  return <Editing key={model} draft={data} />
}

/** Nothing is stored until somebody has looked at what was filled in. */
function Begin({ model }: { readonly model: string }) {
  const { may } = usePermissions()('cards.edit')
  const begin = useMutation({
    mutationFn: () => call('POST /api/v1/cards/new', { body: { model, deployment: null } }),
  })
  if (begin.data !== undefined)
    return (
      <Editing
        draft={{
          model,
          text: begin.data.text,
          revision: null,
          digest: null,
          proposed: null,
          savedAt: null,
          savedBy: null,
          check: undefined,
        }}
      />
    )
  return (
    <>
      {begin.error !== null && <ProblemNote problem={begin.error} />}
      <EmptyState
        title="There is no draft"
        action={
          may && (
            <Button look="primary" busy={begin.isPending} onClick={() => begin.mutate()}>
              Begin one from the records
            </Button>
          )
        }
      >
        Identity, compute, results, verdicts, policy and deployments come from what is on record; people write what the
        model is for and what it can’t do.
      </EmptyState>
    </>
  )
}

type Draft = Pick<CardVersionWithCheck, 'model' | 'text'> & {
  readonly revision: number | null
  readonly digest: string | null
  readonly proposed: CardVersionWithCheck['proposed']
  readonly savedAt: string | null
  readonly savedBy: string | null
  /** Of the text as it is stored, for who may not edit. */
  readonly check: CardCheck | undefined
}

function Editing({ draft }: { readonly draft: Draft }) {
  const { may: edits } = usePermissions()('cards.edit')
  const { may: publishes } = usePermissions()('cards.publish')
  const [text, setText] = useState(draft.text)
  const [base, setBase] = useState({ text: draft.revision === null ? '' : draft.text, revision: draft.revision })
  const [asking, setAsking] = useState(false)
  const { check = draft.check, isChecking, error } = useCheck(text, edits)
  const editor = useRef<EditorHandle>(null)
  const act = useMutation({ mutationFn: (work: () => Promise<void>) => work() })
  const changed = useCardsChanged()
  const isDirty = text !== base.text
  const overtaken = draft.revision !== base.revision && draft.revision !== null && base.revision !== null
  const save = () =>
    act.mutate(async () => {
      const head = await call('PUT /api/v1/cards/{model}/draft', {
        params: { model: draft.model },
        body: { text, revision: base.revision },
      })
      setBase({ text, revision: head?.revision ?? null })
      await changed('Saved', 'Nobody outside reads it until it is published.')
    })
  const renew = () => act.mutate(async () => setText((await call('POST /api/v1/cards/renew', { body: { text } })).text))
  return (
    <div className="flex flex-col gap-3">
      {draft.proposed !== null && (
        <p>
          <StateMark state="watch">filed for publication</StateMark> <When at={draft.proposed.at} /> by{' '}
          <PersonName id={draft.proposed.by} />: <bdi>{draft.proposed.reason}</bdi>
        </p>
      )}
      {overtaken && (
        <div
          role="alert"
          className="flex flex-wrap items-center gap-3 rounded-md border border-watch bg-watch-soft p-3"
        >
          <p>
            <StateMark state="watch">
              {draft.savedBy !== null && <PersonName id={draft.savedBy} />} saved another text
            </StateMark>
            . Yours is still here and was not stored.
          </p>
          <Button onClick={() => setBase({ text: draft.text, revision: draft.revision })}>Go on with mine</Button>
          <Button
            look="danger"
            onClick={() => {
              setText(draft.text)
              setBase({ text: draft.text, revision: draft.revision })
            }}
          >
            Drop mine, take theirs
          </Button>
        </div>
      )}
      {act.error !== null && <ProblemNote problem={act.error} />}
      <div className="flex min-h-8 flex-wrap items-center justify-between gap-3">
        <InShort check={check} isChecking={isChecking} error={error} />
        {edits && (
          <div className="flex flex-wrap items-center gap-3">
            {isDirty ? <StateMark state="watch">not saved</StateMark> : <span className="text-quiet">saved</span>}
            <Button
              busy={act.isPending}
              disabled={check === undefined || check.outcome === 'unreadable'}
              onClick={renew}
            >
              Renew the figures
            </Button>
            <Button look="primary" busy={act.isPending} disabled={!isDirty || overtaken} onClick={save}>
              Save
            </Button>
            {publishes && (
              <Button
                disabled={isDirty || isChecking || check?.digest == null || check.outcome === 'fails'}
                onClick={() => setAsking(true)}
              >
                Ask to publish
              </Button>
            )}
          </div>
        )}
      </div>
      <Suspense fallback={<Skeleton className="h-96" />}>
        <CodeEditor
          label="Text of the card, YAML"
          text={text}
          onChange={setText}
          marks={(check?.findings ?? NONE).map(({ severity, line, column, words }) => ({
            level: severity,
            line,
            column,
            message: words,
          }))}
          readOnly={!edits}
          against={null}
          handle={editor}
        />
      </Suspense>
      <CardFindings findings={check?.findings ?? NONE} onGoTo={(line, column) => editor.current?.goTo(line, column)} />
      {asking && check?.digest != null && (
        <PublishDialog model={draft.model} digest={check.digest} check={check} onClose={() => setAsking(false)} />
      )}
    </div>
  )
}

const NONE: CardCheck['findings'] = []

function InShort({
  check,
  isChecking,
  error,
}: {
  readonly check: CardCheck | undefined
  readonly isChecking: boolean
  readonly error: unknown
}) {
  if (error !== null) return <ProblemNote problem={error} />
  const errors = check?.findings.filter(({ severity }) => severity === 'error').length ?? 0
  const [state, words] = OUTCOMES[check?.outcome ?? 'unreadable']
  return (
    <p aria-live="polite" className="flex items-baseline gap-3">
      {check !== undefined && (
        <StateMark state={state}>
          {errors > 0 ? `${count(errors, 'error')}: ` : ''}
          {words}
        </StateMark>
      )}
      {isChecking && <span className="text-quiet">checking</span>}
    </p>
  )
}

/** What can be said against a text, a moment after the last key. */
function useCheck(text: string, edits: boolean) {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])
  const { data, error, isFetching } = useQuery({
    queryKey: ['cards', 'lint', settled],
    queryFn: () => call('POST /api/v1/cards/lint', { body: { text: settled } }),
    enabled: edits && settled !== '',
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
  })
  return { check: data, isChecking: edits && (settled !== text || isFetching), error }
}
