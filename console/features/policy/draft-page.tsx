import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { PolicyDraft } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { Page } from '../../components/page.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { useToast } from '../../components/toast.tsx'
import { UnsavedGuard } from '../../components/unsaved-guard.tsx'
import { When } from '../../components/when.tsx'
import { History } from '../ledger/history.tsx'
import { PersonName } from '../people/person-name.tsx'
import { Changes, changesInWords } from './changes.tsx'
import { DraftReplay } from './draft-replay.tsx'
import { DraftShadow } from './draft-shadow.tsx'
import { DraftTests } from './draft-tests.tsx'
import { DraftText } from './draft-text.tsx'
import { DraftMark } from './drafts-table.tsx'
import { Publication } from './publication.tsx'
import { PublishDialog } from './publish-dialog.tsx'
import { diffQuery, draftQuery, useTakeDraft } from './queries.ts'
import type { DraftTab } from './routes.tsx'
import { type Lint, useLint } from './use-lint.ts'
import { useWriting, type Writing } from './use-writing.ts'

/** A policy in the making: written, checked, tried, and put before a second person. */
export function DraftPage() {
  const { id } = useParams({ from: '/shell/policy/drafts/$id' })
  const search = useSearch({ from: '/shell/policy/drafts/$id' })
  const navigate = useNavigate({ from: '/policy/drafts/$id' })
  const { data: draft } = useSuspenseQuery(draftQuery(id))
  const writing = useWriting(draft)
  const lint = useLint(id, draft.revision, writing.text)
  const diff = useQuery({ ...diffQuery(draft.base, id), enabled: draft.state === 'open', retry: false })
  const tab = search.tab ?? 'text'
  const go = (next: DraftTab | 'text') => navigate({ search: next === 'text' ? {} : { tab: next } })
  return (
    <Page
      title={draft.title}
      summary={<InShort draft={draft} />}
      actions={<Actions draft={draft} writing={writing} lint={lint} />}
    >
      <UnsavedGuard isDirty={writing.isDirty} />
      <Publication draft={draft} />
      <Stale draft={draft} writing={writing} />
      <Tabs<DraftTab | 'text'>
        label="Draft"
        value={tab}
        onChange={go}
        tabs={[
          { value: 'text', label: 'Text' },
          { value: 'changes', label: 'Changes', count: diff.data?.changes.length },
          { value: 'tests', label: 'Tests' },
          { value: 'replay', label: 'Replay' },
          { value: 'shadow', label: 'Shadow' },
        ]}
      >
        <div className="flex flex-col gap-4">
          {tab !== 'text' && writing.isDirty && (
            <p className="text-quiet">This is about the stored text. What you have written since isn’t in it yet.</p>
          )}
          {tab === 'text' ? (
            <DraftText draft={draft} writing={writing} lint={lint} />
          ) : tab === 'changes' ? (
            <>
              <p className="text-quiet">
                Against the version that it was made from
                {diff.data !== undefined && `: ${changesInWords(diff.data.changes)}`}.
              </p>
              <Changes from={draft.base} to={draft.id} />
            </>
          ) : tab === 'tests' ? (
            <DraftTests draft={draft} />
          ) : tab === 'replay' ? (
            <DraftReplay
              draft={draft}
              chosen={search.replay}
              onChoose={(replay) => navigate({ search: { tab: 'replay', replay } })}
            />
          ) : (
            <DraftShadow draft={draft} />
          )}
        </div>
      </Tabs>
      <History id={draft.id} />
    </Page>
  )
}

function InShort({ draft }: { readonly draft: PolicyDraft }) {
  return (
    <>
      <DraftMark draft={draft} /> · begun by <PersonName id={draft.createdBy} />, last written by{' '}
      <PersonName id={draft.updatedBy} /> <When at={draft.updatedAt} />
    </>
  )
}

interface PartProps {
  readonly draft: PolicyDraft
  readonly writing: Writing
}

function Actions({ draft, writing, lint }: PartProps & { readonly lint: Lint }) {
  const permission = usePermissions()
  const [asking, setAsking] = useState<'discard' | 'publish' | null>(null)
  const takeDraft = useTakeDraft()
  const toast = useToast()
  if (draft.state !== 'open') return null
  const obstacle = obstacleTo(draft, writing, lint)
  return (
    <>
      {permission('policy.edit').may && <Button onClick={() => setAsking('discard')}>Discard</Button>}
      {permission('policy.publish').may && (
        <Button
          look="primary"
          aria-disabled={obstacle !== null}
          title={obstacle ?? undefined}
          onClick={() => (obstacle === null ? setAsking('publish') : toast('It can’t be published yet', obstacle))}
        >
          Ask for publication
        </Button>
      )}
      <ConfirmDialog
        open={asking === 'discard'}
        onOpenChange={() => setAsking(null)}
        title="Discard this draft?"
        effects={[
          'Nobody can edit or publish it any more; it stays to be read, with its history.',
          'The policy in force doesn’t change.',
        ]}
        confirm="Discard"
        onConfirm={async () => {
          await takeDraft(await call('DELETE /api/v1/policy/drafts/{id}', { params: { id: draft.id } }))
          toast('The draft was discarded')
        }}
      />
      {asking === 'publish' && <PublishDialog draft={draft} onClose={() => setAsking(null)} />}
    </>
  )
}

/** What stands in the way of publication, in a sentence; null when nothing does. */
function obstacleTo(draft: PolicyDraft, { isDirty }: Writing, { result, isChecking }: Lint): string | null {
  if (isDirty) return 'Save what you have written first.'
  if (isChecking || result === undefined) return 'The text is being checked.'
  if (!result.ok) return 'The text has errors.'
  return draft.isStale ? 'A newer version has been published: bring the draft up to date first.' : null
}

/** Another version was published since this draft was made: what it changed, and a way on. */
function Stale({ draft, writing }: PartProps) {
  const { may: edits } = usePermissions()('policy.edit')
  const [asking, setAsking] = useState(false)
  const takeDraft = useTakeDraft()
  const toast = useToast()
  if (!draft.isStale) return null
  return (
    <div className="flex flex-col gap-3 rounded-md border border-watch bg-watch-soft p-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p>A newer version has been published since this draft was made. Put into it what that version changed:</p>
        {edits && (
          <Button disabled={writing.isDirty} onClick={() => setAsking(true)}>
            It is up to date
          </Button>
        )}
      </div>
      <Changes from={draft.base} to="current" />
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="Is it up to date?"
        look="primary"
        effects={[
          'From now on the draft counts as made from the newest version.',
          'Whatever of that version isn’t in the draft would be undone by publishing it; “Changes” then shows it.',
        ]}
        confirm="It is"
        onConfirm={async () => {
          const [newest] = (await call('GET /api/v1/policy/versions')).items
          const body = { revision: draft.revision, ...(newest === undefined ? {} : { base: newest.digest }) }
          const next = await call('PATCH /api/v1/policy/drafts/{id}', { params: { id: draft.id }, body })
          writing.goOnFrom(next)
          await takeDraft(next)
          toast('The draft counts as up to date')
        }}
      />
    </div>
  )
}
