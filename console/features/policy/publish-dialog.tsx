import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { PolicyDraft } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { useMe } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { count } from '../../components/count.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { Icon } from '../../components/icons.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { useToast } from '../../components/toast.tsx'
import { exactly } from '../../components/when.tsx'
import { rolesInForce, usePeople } from '../people/queries.ts'
import { outcomesQuery } from '../reports/queries.ts'
import { changesInWords } from './changes.tsx'
import { useTestRun } from './draft-tests.tsx'
import { diffQuery, policyStatusQuery, replayQuery, replaysQuery } from './queries.ts'

const MIN_CHANGELOG = 10

/** Asks for publication: says what would change, and for whom it would then wait. */
export function PublishDialog({ draft, onClose }: { readonly draft: PolicyDraft; onClose(): void }) {
  const [changelog, setChangelog] = useState(draft.proposal?.changelog ?? '')
  const [from, setFrom] = useState('')
  const client = useQueryClient()
  const navigate = useNavigate()
  const toast = useToast()
  const effectiveAt = from === '' ? null : new Date(from)
  const effects = useEffects(draft, effectiveAt)
  const ask = useMutation({
    mutationFn: () => {
      const body = {
        revision: draft.revision,
        changelog: changelog.trim(),
        effectiveAt: effectiveAt?.toISOString() ?? null,
      }
      return withFreshKey(() => call('POST /api/v1/policy/drafts/{id}/publish', { params: { id: draft.id }, body }))
    },
    onSuccess: async (approval) => {
      await client.invalidateQueries({ queryKey: ['approvals'] })
      toast('Asked for', 'It takes effect when a second person agrees.')
      await navigate({ to: '/approvals/$id', params: { id: approval.id } })
    },
  })
  return (
    <FormDialog
      open
      wide
      onOpenChange={onClose}
      title="Ask for publication"
      submit={
        <>
          <Icon name="key" size={14} /> Ask, with your key
        </>
      }
      busy={ask.isPending}
      ready={changelog.trim().length >= MIN_CHANGELOG}
      onSubmit={() => ask.mutate()}
      problem={ask.error}
    >
      <ul aria-label="What will happen" className="flex flex-col gap-1.5">
        {effects.map((effect, i) => (
          <li key={i} className="flex gap-2 before:text-quiet before:content-['→']">
            <span>{effect}</span>
          </li>
        ))}
      </ul>
      <TextArea
        label="What changes, and why"
        hint="Customers and the public read it. A sentence or two."
        value={changelog}
        onChange={setChangelog}
        rows={4}
        maxLength={4_000}
      />
      <TextField
        label="In force from"
        type="datetime-local"
        hint="Left empty: as soon as a second person agrees."
        value={from}
        onChange={setFrom}
        className="max-w-72"
      />
    </FormDialog>
  )
}

/** What it would mean, in numbers as far as they are known. */
function useEffects(draft: PolicyDraft, effectiveAt: Date | null): ReactNode[] {
  const { data: status } = useQuery(policyStatusQuery)
  const { data: diff } = useQuery(diffQuery(draft.base, draft.id))
  const names = useSecondPeople()
  const next = /^version:\s*["']?([\w.-]+)/m.exec(draft.document)?.[1] ?? 'the draft'
  const differs = diff === undefined ? '' : `: ${changesInWords(diff.changes)}`
  return [
    `${next} replaces ${status?.inForce.version ?? 'the version in force'} for all customers${differs}.`,
    useReplayEffect(draft),
    useTestEffect(draft),
    useRegressionEffect(draft),
    names === null
      ? 'Nothing changes until another policy editor or the RSO agrees with their key.'
      : names.length === 0
        ? 'Nobody else can agree at present: another person must first be made policy editor or RSO.'
        : `Nothing changes until one of these agrees with their key: ${names.join(', ')}.`,
    effectiveAt === null
      ? 'Then it decides on every replica within a second. Requests that run keep the version that they began with.'
      : `It decides from ${exactly(effectiveAt.toISOString())}, if they have agreed by then.`,
  ]
}

function useReplayEffect(draft: PolicyDraft): ReactNode {
  const { data: replays } = useQuery(replaysQuery(draft.id))
  const done = replays?.find(({ state, revision }) => state === 'done' && revision === draft.revision)
  const { data } = useQuery({ ...replayQuery(done?.id ?? ''), enabled: done !== undefined })
  const report = data?.report
  if (report === null || report === undefined)
    return 'This text was not replayed: what it would do to your customers’ traffic isn’t known.'
  const { totals, judged } = report
  return `Of ${count(judged, 'judged decision')} replayed, ${totals.newlyRefused.toLocaleString('en')} would be newly refused and ${totals.newlyAllowed.toLocaleString('en')} newly allowed.`
}

function useTestEffect(draft: PolicyDraft): ReactNode {
  const run = useTestRun(draft.id)
  if (run === undefined || run.revision !== draft.revision) return 'Its examples were not run on this page.'
  const { passed, failed } = run.report
  return failed === 0
    ? `All ${count(passed, 'example')} come out as wanted.`
    : `${count(failed, 'example')} of ${passed + failed} come out otherwise than the draft itself wants.`
}

/** What was reported once, and would come back. */
function useRegressionEffect(draft: PolicyDraft): ReactNode {
  const { data, error } = useQuery(outcomesQuery(draft.id))
  if (error !== null) return 'Whether reported findings would come back can’t be said now.'
  if (data === undefined) return 'Regression cases are being put to it.'
  const asked = data.items.filter(({ state }) => state !== 'not_asked')
  const failed = asked.filter(({ state }) => state === 'failed')
  if (asked.length === 0) return 'No reported finding has become a regression case for policies.'
  return failed.length === 0 ? (
    `All ${count(asked.length, 'regression case')} hold.`
  ) : (
    <StateMark state="fails">
      It lets through {failed.length} of {count(asked.length, 'regression case')}: what people reported would come back
      (
      {failed.map(({ case: id }, i) => (
        <span key={id}>
          {i > 0 && ', '}
          <AppLink href={`/reports/cases/${id}`} inline>
            …{id.slice(-6)}
          </AppLink>
        </span>
      ))}
      ).
    </StateMark>
  )
}

/** Who could be the second person; null where one may not see people. */
function useSecondPeople(): readonly string[] | null {
  const people = usePeople()
  const { person: me } = useMe()
  if (people.size === 0) return null
  return [...people.values()]
    .filter((person) => person.id !== me.id && person.active && person.passkeys > 0)
    .filter((person) => rolesInForce(person).some((role) => role === 'policy_editor' || role === 'rso'))
    .map(({ displayName }) => displayName)
}
