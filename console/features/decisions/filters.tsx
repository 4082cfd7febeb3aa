import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { Icon } from '../../components/icons.tsx'
import { Filter } from '../../components/select.tsx'
import { exactly } from '../../components/when.tsx'
import { type DecisionsSearch, fieldOf, TYPED, TYPED_FIELDS, type TypedField } from './search.ts'
import { ALL_LABELS, labelName, OUTCOMES, type Outcome } from './words.ts'

const HOUR = 3_600_000
const SPANS = { hour: HOUR, day: 24 * HOUR, week: 7 * 24 * HOUR } as const
type Span = keyof typeof SPANS

/** What is looked for: the usual things to choose, everything else to type; each can be taken away again. */
export function Filters({ search }: { readonly search: DecisionsSearch }) {
  const navigate = useNavigate({ from: '/decisions' })
  const [choosing, setChoosing] = useState(false)
  const go = (change: Partial<DecisionsSearch>) => void navigate({ search: { ...search, ...change } })
  const outcomes = Object.entries(OUTCOMES) as [Outcome, (typeof OUTCOMES)[Outcome]][]
  const spanned = search.since !== undefined || search.until !== undefined
  const onTime = (span: Span | 'any' | 'own' | 'chosen') => {
    if (span === 'own') setChoosing(true)
    else if (span === 'any') go({ since: undefined, until: undefined })
    else if (span !== 'chosen') go({ since: new Date(Date.now() - SPANS[span]).toISOString(), until: undefined })
  }
  return (
    <>
      <Filter<Outcome | 'any'>
        label="Outcome"
        value={search.outcome ?? 'any'}
        onChange={(outcome) => go({ outcome: outcome === 'any' ? undefined : outcome })}
        choices={[
          { value: 'any', label: 'any' },
          ...outcomes.map(([value, [, label, note]]) => ({ value, label, note })),
        ]}
      />
      <Filter<string>
        label="Label"
        value={search.label ?? 'any'}
        onChange={(label) => go({ label: label === 'any' ? undefined : label })}
        choices={[{ value: 'any', label: 'any' }, ...ALL_LABELS.map((value) => ({ value, label: labelName(value) }))]}
      />
      <Filter<Span | 'any' | 'own' | 'chosen'>
        label="Time"
        value={spanned ? 'chosen' : 'any'}
        onChange={onTime}
        choices={[
          { value: 'any', label: 'any' },
          ...(spanned ? [{ value: 'chosen' as const, label: spanWords(search) }] : []),
          { value: 'hour', label: 'the last hour' },
          { value: 'day', label: 'the last 24 hours' },
          { value: 'week', label: 'the last 7 days' },
          { value: 'own', label: 'from … to …' },
        ]}
      />
      <TypedFilter onAdd={(field, value) => go({ [field]: value })} />
      <Chips search={search} onTake={(field) => go({ [field]: undefined })} />
      <SpanDialog
        key={String(choosing)}
        search={search}
        open={choosing}
        onOpenChange={setChoosing}
        onSpan={(span) => go(span)}
      />
    </>
  )
}

function spanWords({ since, until }: DecisionsSearch): string {
  const from = since === undefined ? 'the beginning' : exactly(since).slice(0, 16)
  return `${from} to ${until === undefined ? 'now' : exactly(until).slice(0, 16)}`
}

function TypedFilter({ onAdd }: { onAdd(field: TypedField, value: string): void }) {
  const [field, setField] = useState<TypedField>('clause')
  const [value, setValue] = useState('')
  const add = (event: FormEvent) => {
    event.preventDefault()
    if (value.trim() === '') return
    onAdd(fieldOf(value.trim()) ?? field, value.trim())
    setValue('')
  }
  return (
    <form className="flex max-w-full gap-1" onSubmit={add}>
      <Filter<TypedField>
        label="Where"
        value={field}
        onChange={setField}
        choices={TYPED_FIELDS.map((one) => ({ value: one, label: TYPED[one].toLowerCase() }))}
      />
      <input
        aria-label={`${TYPED[field]} is`}
        value={value}
        maxLength={200}
        placeholder={field === 'clause' ? '4.2, or any identifier' : 'is, or any identifier'}
        autoComplete="off"
        spellCheck={false}
        className="h-8 w-44 min-w-0 shrink rounded-md border border-line bg-surface px-2.5 placeholder:text-quiet"
        onChange={(event) => {
          setValue(event.currentTarget.value)
          setField(fieldOf(event.currentTarget.value.trim()) ?? field)
        }}
      />
      <Button type="submit" disabled={value.trim() === ''}>
        Filter
      </Button>
    </form>
  )
}

function Chips({ search, onTake }: { readonly search: DecisionsSearch; onTake(field: keyof DecisionsSearch): void }) {
  const chosen = TYPED_FIELDS.flatMap((field) => {
    const value = search[field]
    return value === undefined ? [] : [[field, TYPED[field].toLowerCase(), value] as const]
  })
  const chips = [...chosen, ...(search.enforced === 'false' ? [['enforced', 'only', 'let through'] as const] : [])]
  if (chips.length === 0) return null
  return (
    <ul className="flex flex-wrap gap-1" aria-label="Filters">
      {chips.map(([field, name, value]) => (
        <li
          key={field}
          className="flex h-8 items-center gap-1.5 rounded-md border border-line bg-accent-soft pr-1 pl-2.5"
        >
          <span>
            <span className="text-quiet">{name}</span> <bdi>{value}</bdi>
          </span>
          <button
            type="button"
            className="rounded-sm p-1 hover:bg-surface"
            aria-label={`Without ${name} ${value}`}
            onClick={() => onTake(field)}
          >
            <Icon name="close" size={12} />
          </button>
        </li>
      ))}
    </ul>
  )
}

interface SpanProps {
  readonly search: DecisionsSearch
  readonly open: boolean
  onOpenChange(open: boolean): void
  onSpan(span: Pick<DecisionsSearch, 'since' | 'until'>): void
}

function SpanDialog({ search, open, onOpenChange, onSpan }: SpanProps) {
  const [since, setSince] = useState(local(search.since))
  const [until, setUntil] = useState(local(search.until))
  const backwards = since !== '' && until !== '' && until <= since
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="From … to …"
      description="When the request came in, in the time of this machine."
      actions={
        <Button
          look="primary"
          disabled={backwards}
          onClick={() => {
            onSpan({ since: instant(since), until: instant(until) })
            onOpenChange(false)
          }}
        >
          Show
        </Button>
      }
    >
      <TextField
        label="From"
        type="datetime-local"
        value={since}
        onChange={setSince}
        hint="Empty: from the beginning."
      />
      <TextField
        label="To"
        type="datetime-local"
        value={until}
        onChange={setUntil}
        hint="Empty: up to now, and live."
        error={backwards ? 'This is before the start.' : null}
      />
    </Dialog>
  )
}

function local(at: string | undefined): string {
  return at === undefined ? '' : exactly(at).slice(0, 16).replace(' ', 'T')
}

function instant(text: string): string | undefined {
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString()
}

export function isFiltered({ sort: _, paused: __, ...filters }: DecisionsSearch): boolean {
  return Object.values(filters).some((value) => value !== undefined)
}
