import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { call } from '../../app/api/client.ts'
import type { ReviewCase, ReviewCaseDetail, ReviewReadingInput } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { cn } from '../../components/class-names.ts'
import { TextArea } from '../../components/field.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { keysAreTaken } from '../decisions/held-key.ts'
import type { Draft } from './drafts.ts'
import { LabelJudgements } from './label-judgements.tsx'
import {
  ALL_VERDICTS,
  offered,
  SEVERITIES,
  type Severity,
  VERDICTS,
  type Verdict,
  verdictMeaning,
  whatFollows,
} from './words.ts'

interface VerdictFormProps {
  readonly one: ReviewCaseDetail
  readonly claim: string | null
  readonly draft: Draft
  change(part: Partial<Draft>): void
  /** The labels that the machine gave, the first one the one it acted on. */
  readonly labels: readonly string[]
  onDecided(after: ReviewCase): Promise<void>
  /** It was refused: whether the claim still stands is to be asked. */
  onRefused(): void
  /** Claims the case again. */
  onTake(): void
}

/** What one makes of the case: 1 to 4, a note, Enter. */
export function VerdictForm(props: VerdictFormProps) {
  const { one, claim, draft, change, labels, onDecided, onRefused, onTake } = props
  const { verdict } = draft
  const decide = useMutation({
    mutationFn: async (body: ReviewReadingInput) =>
      onDecided(await call('POST /api/v1/review/cases/{id}/decision', { params: { id: one.id }, body })),
    onError: onRefused,
  })
  const submit = () => {
    if (claim !== null && verdict !== null && !decide.isPending) decide.mutate(bodyOf(draft, claim, verdict))
  }
  const choose = (chosen: Verdict) => change({ verdict: chosen, labels: suggested(chosen, one, draft, labels) })
  const note = useRef<HTMLDivElement>(null)
  useVerdictKeys(one, { choose, submit, toNote: () => note.current?.querySelector('textarea')?.focus() })
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Verdicts one={one} chosen={verdict} onChoose={choose} />
      {verdict !== null && <p className="text-quiet">{whatFollows(verdict, one)}</p>}
      <LabelJudgements labels={labels} given={draft.labels} onChange={(given) => change({ labels: given })} />
      {verdict === 'uphold' && <Proposal draft={draft} change={change} severity={one.severity} />}
      <div ref={note}>
        <TextArea
          label="Note"
          rows={2}
          hint="For colleagues; it stays off the ledger. N jumps here, Ctrl Enter decides from here."
          value={draft.note}
          maxLength={4_000}
          onChange={(text) => change({ note: text })}
        />
      </div>
      {decide.error !== null && (
        <div className="flex flex-col gap-1">
          <ProblemNote problem={decide.error} />
          <p className="text-quiet">What you wrote is still here.</p>
        </div>
      )}
      {claim === null ? (
        <Button onClick={onTake}>Take it again</Button>
      ) : (
        <Button type="submit" look="primary" busy={decide.isPending} disabled={verdict === null}>
          {verdict === null ? 'Choose one of the four' : VERDICTS[verdict][0]} {verdict !== null && <kbd>Enter</kbd>}
        </Button>
      )}
    </form>
  )
}

function bodyOf({ labels, note, proposal }: Draft, claim: string, verdict: Verdict): ReviewReadingInput {
  return { claim, verdict, labels, note, ...(verdict === 'uphold' && proposal !== undefined ? { proposal } : {}) }
}

/** What a verdict says of the label that the machine acted on, for the reader to change; what they judged themselves stays. */
function suggested(
  verdict: Verdict,
  { basis }: ReviewCaseDetail,
  { labels: given, verdict: before }: Draft,
  [main]: readonly string[],
): Draft['labels'] {
  const known = main as keyof Draft['labels'] | undefined
  if (known === undefined || basis === 'allowed' || basis === 'pattern' || basis === 'report' || basis === 'dataset')
    return given
  const says = (one: Verdict | null) => (one === 'uphold' ? 'present' : one === 'overturn' ? 'absent' : undefined)
  const untouched = given[known] === undefined || given[known] === says(before)
  if (!untouched) return given
  const { [known]: _, ...others } = given
  const now = says(verdict)
  return now === undefined ? others : { ...others, [known]: now }
}

interface VerdictKeys {
  choose(verdict: Verdict): void
  submit(): void
  toNote(): void
}

function useVerdictKeys(one: ReviewCaseDetail, keys: VerdictKeys): void {
  const current = useRef(keys)
  current.current = keys
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) current.current.submit()
      if (keysAreTaken(event) || event.repeat) return
      const verdict = ALL_VERDICTS[Number(event.key) - 1]
      if (verdict !== undefined && offered(verdict, one)) {
        current.current.choose(verdict)
        // Enter is then the verdict's, and not that of whatever was pressed before.
        document.getElementById(verdictId(verdict))?.focus({ preventScroll: true })
      } else if (event.key === 'n') current.current.toNote()
      else if (event.key === 'Enter' && !isOperated(event.target)) current.current.submit()
      else return
      event.preventDefault()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [one])
}

function verdictId(verdict: Verdict): string {
  return `verdict-${verdict}`
}

/** Enter on a control is the control's, but for the four verdicts, where it decides. */
function isOperated(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('a, button:not([role=radio]), summary') !== null
}

interface VerdictsProps {
  readonly one: ReviewCaseDetail
  readonly chosen: Verdict | null
  onChoose(verdict: Verdict): void
}

function Verdicts({ one, chosen, onChoose }: VerdictsProps) {
  return (
    <div role="radiogroup" aria-label="Was the machine right?" className="grid gap-2 sm:grid-cols-2">
      {ALL_VERDICTS.map((verdict, i) => (
        // biome-ignore lint/a11y/useSemanticElements: a button shows its key and what it means
        <button
          key={verdict}
          id={verdictId(verdict)}
          type="button"
          role="radio"
          aria-checked={chosen === verdict}
          disabled={!offered(verdict, one)}
          onClick={() => onChoose(verdict)}
          className={cn(
            'grid grid-cols-[auto_minmax(0,1fr)] content-start items-baseline gap-x-2 rounded-md border px-2.5 py-1.5 text-left disabled:opacity-50',
            chosen === verdict ? 'border-accent bg-accent-soft' : 'border-line bg-surface hover:border-edge',
          )}
        >
          <kbd className="text-quiet">{i + 1}</kbd>
          <span className="font-medium">{VERDICTS[verdict][0]}</span>
          <span className="col-start-2 text-xs text-quiet">{verdictMeaning(verdict, one)}</span>
        </button>
      ))}
    </div>
  )
}

interface ProposalProps {
  readonly draft: Draft
  change(part: Partial<Draft>): void
  readonly severity: Severity
}

function Proposal({ draft: { proposal }, change, severity }: ProposalProps) {
  const { may } = usePermissions()('accounts.restrict')
  if (!may) return null
  return (
    <div className="grid gap-2 sm:grid-cols-2">
      <SelectField<'none' | 'strike' | 'restrict'>
        label="And against the account"
        value={proposal?.effect ?? 'none'}
        onChange={(effect) =>
          change({ proposal: effect === 'none' ? undefined : { effect, severity: proposal?.severity ?? severity } })
        }
        choices={[
          { value: 'none', label: 'nothing more', note: 'what the ladder does by itself' },
          { value: 'strike', label: 'a strike', note: 'in your name' },
          { value: 'restrict', label: 'restrict it', note: 'in your name, at once' },
        ]}
        hint="Happens when your reading closes the case."
      />
      {proposal !== undefined && (
        <SelectField<Severity>
          label="Severity"
          value={proposal.severity}
          onChange={(chosen) => change({ proposal: { ...proposal, severity: chosen } })}
          choices={SEVERITIES.map((value) => ({ value, label: value }))}
        />
      )}
    </div>
  )
}
