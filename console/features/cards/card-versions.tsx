import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { CardHead } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { EmptyState, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { cardDiffQuery, useCardsChanged } from './queries.ts'
import { CHANGES, VERSION_STATES } from './words.ts'

/** What was published, by whom, and what changed from one to another. */
export function CardVersions({ model, versions }: { readonly model: string; readonly versions: readonly CardHead[] }) {
  if (versions.length === 0)
    return (
      <EmptyState title="Nothing was published yet">
        A version appears here when two people have published the draft. It stays as it was then.
      </EmptyState>
    )
  return (
    <div className="flex flex-col gap-6">
      <ul className="divide-y divide-line border-y border-line">
        {versions.map((version) => (
          <Version key={version.id} version={version} />
        ))}
      </ul>
      <Compare model={model} versions={versions} />
    </div>
  )
}

function Version({ version }: { readonly version: CardHead }) {
  const [asking, setAsking] = useState(false)
  const { may } = usePermissions()('cards.publish')
  const changed = useCardsChanged()
  const { model, number, checkpoint, state, publishedAt, people, withdrawn, digest } = version
  const [mark, words] = VERSION_STATES[state]
  return (
    <li className="grid gap-x-6 gap-y-1 py-2.5 sm:grid-cols-[8rem_minmax(0,1fr)_auto]">
      <StateMark state={mark}>{words}</StateMark>
      <div className="min-w-0">
        <span className="font-medium">Version {number}</span> of {checkpoint},{' '}
        <When at={publishedAt ?? version.savedAt} />, by{' '}
        {people.map((id, i) => (
          <span key={id}>
            {i > 0 && ' and '}
            <PersonName id={id} link />
          </span>
        ))}
        <span className="block text-xs break-all text-quiet">SHA-256 {digest}</span>
        {withdrawn !== null && (
          <span className="block">
            Withdrawn <When at={withdrawn.at} /> by <PersonName id={withdrawn.by} />: <bdi>{withdrawn.reason}</bdi>
          </span>
        )}
      </div>
      {may && state !== 'withdrawn' && number !== null && (
        <Button look="quiet" onClick={() => setAsking(true)}>
          Withdraw
        </Button>
      )}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`Withdraw version ${number} of ${model}`}
        effects={[
          'The public page says that it was withdrawn, and why; what it said stays readable.',
          state === 'published'
            ? 'The release gate of the model closes at once: it has no card then.'
            : 'An earlier version counts for nothing already.',
        ]}
        confirm="Withdraw it"
        reasonLabel="Why; the public reads it"
        onConfirm={async (reason) => {
          if (number === null) return
          await withFreshKey(() =>
            call('POST /api/v1/cards/{model}/versions/{version}/withdraw', {
              params: { model, version: number },
              body: { reason },
            }),
          )
          await changed('Withdrawn')
        }}
      />
    </li>
  )
}

function Compare({ model, versions }: { readonly model: string; readonly versions: readonly CardHead[] }) {
  const search = useSearch({ from: '/shell/cards/$model' })
  const navigate = useNavigate({ from: '/cards/$model' })
  const choices = [
    { value: 'draft', label: 'the draft' },
    ...versions.map(({ number, checkpoint }) => ({
      value: String(number),
      label: `version ${number}`,
      note: checkpoint,
    })),
  ]
  const from = search.from ?? String(versions[1]?.number ?? versions[0]?.number ?? 'draft')
  const to = search.to ?? (versions.length > 1 ? String(versions[0]?.number) : 'draft')
  return (
    <Section title="What changed" note="in meaning, and not line by line">
      <div className="grid gap-4 sm:max-w-xl sm:grid-cols-2">
        <SelectField
          label="From"
          value={from}
          choices={choices}
          onChange={(next) => navigate({ search: { ...search, from: next } })}
        />
        <SelectField
          label="To"
          value={to}
          choices={choices}
          onChange={(next) => navigate({ search: { ...search, to: next } })}
        />
      </div>
      <CardChanges model={model} from={from} to={to} />
    </Section>
  )
}

/** What differs between two versions, for people to read. */
export function CardChanges({
  model,
  from,
  to,
}: {
  readonly model: string
  readonly from: string
  readonly to: string
}) {
  const { data, error } = useQuery(cardDiffQuery(model, from, to))
  if (error !== null) return <ProblemNote problem={error} />
  if (data === undefined) return <Skeleton className="h-24" />
  if (data.changes.length === 0) return <p className="text-quiet">They say the same.</p>
  return (
    <ul className="divide-y divide-line border-y border-line">
      {data.changes.map(({ change, section, subject, words, before, after }, i) => {
        const [mark, word] = CHANGES[change]
        return (
          <li key={i} className="grid gap-x-6 gap-y-1 py-2 sm:grid-cols-[10rem_minmax(0,1fr)]">
            <StateMark state={mark}>{word}</StateMark>
            <div className="min-w-0">
              <span className="font-medium">
                {section}: <bdi>{subject}</bdi>
              </span>{' '}
              <bdi>{words}</bdi>
              {before !== null && <del className="block break-words text-quiet">{before}</del>}
              {after !== null && <ins className="block break-words no-underline">{after}</ins>}
            </div>
          </li>
        )
      })}
    </ul>
  )
}
