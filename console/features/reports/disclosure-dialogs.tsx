import { type ReactNode, useState } from 'react'
import type { DisclosureAct, DisclosureWords, ReportDetail } from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { useDisclose } from './disclosure.tsx'

interface Props {
  readonly report: ReportDetail
  readonly onClose: () => void
}

function Ask({
  report,
  onClose,
  title,
  act,
  done,
  confirm,
  ready,
  children,
  wide = false,
}: Props & {
  readonly title: string
  readonly act: () => DisclosureAct
  readonly done: string
  readonly confirm: string
  readonly ready: boolean
  readonly children: ReactNode
  readonly wide?: boolean
}) {
  const disclose = useDisclose(report.id)
  return (
    <Dialog
      open
      wide={wide}
      onOpenChange={(open) => !open && onClose()}
      title={title}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            busy={disclose.isPending}
            disabled={!ready}
            onClick={() => disclose.mutate({ act: act(), done }, { onSuccess: onClose })}
          >
            {confirm}
          </Button>
        </>
      }
    >
      {children}
      {disclose.error !== null && <ProblemNote problem={disclose.error} />}
    </Dialog>
  )
}

export function PartyDialog(props: Props) {
  const [name, setName] = useState('')
  const [contact, setContact] = useState('')
  const act = () => ({
    act: 'party' as const,
    name: name.trim(),
    contact: contact.trim() === '' ? null : contact.trim(),
  })
  return (
    <Ask
      {...props}
      title="Tell somebody first"
      act={act}
      done="Put on the list"
      confirm="Put on the list"
      ready={name.trim() !== ''}
    >
      <TextField
        label="Who"
        value={name}
        onChange={setName}
        maxLength={200}
        required
        hint="Another provider, a partner, an authority."
      />
      <TextField label="Where to reach them" value={contact} onChange={setContact} maxLength={500} />
    </Ask>
  )
}

export function DateDialog(props: Props) {
  const [on, setOn] = useState(props.report.publicOn.slice(0, 10))
  const [words, setWords] = useState('')
  const act = () => ({ act: 'public_on' as const, on: `${on}T00:00:00Z`, words: words.trim() })
  return (
    <Ask
      {...props}
      title="Another day"
      act={act}
      done="On record"
      confirm="Agree on it"
      ready={on !== '' && words.trim() !== ''}
    >
      <TextField label="Public on" type="date" value={on} onChange={setOn} required hint="Counted in UTC." />
      <TextArea label="Why, and who agreed" value={words} onChange={setWords} maxLength={2000} required />
    </Ask>
  )
}

export function AdvisoryDialog({ words, ...props }: Props & { readonly words: DisclosureWords | undefined }) {
  const [title, setTitle] = useState(words?.title ?? '')
  const [text, setText] = useState(words?.text ?? '')
  const act = () => ({ act: 'advisory' as const, title: title.trim(), text: text.trim() })
  return (
    <Ask
      {...props}
      wide
      title="The advisory"
      act={act}
      done="Written; somebody else reviews it"
      confirm="Keep it as a draft"
      ready={title.trim() !== '' && text.trim() !== ''}
    >
      <TextField label="Title" value={title} onChange={setTitle} maxLength={200} required />
      <TextArea
        label="Text"
        value={text}
        onChange={setText}
        rows={12}
        maxLength={20000}
        hint="What was found, who was at risk, what was done; nothing that helps to repeat it."
      />
    </Ask>
  )
}

export function CreditDialog(props: Props) {
  const [as, setAs] = useState<'named' | 'anonymous'>('anonymous')
  const [name, setName] = useState('')
  const act = () => ({ act: 'credit' as const, as, name: as === 'named' ? name.trim() : null })
  return (
    <Ask
      {...props}
      title="Credit"
      act={act}
      done="On record"
      confirm="It is agreed"
      ready={as === 'anonymous' || name.trim() !== ''}
    >
      <SelectField<'named' | 'anonymous'>
        label="They want"
        value={as}
        onChange={setAs}
        choices={[
          { value: 'named', label: 'to be named' },
          { value: 'anonymous', label: 'not to be named' },
        ]}
      />
      {as === 'named' && (
        <TextField label="As" value={name} onChange={setName} maxLength={200} hint="As they have agreed." required />
      )}
    </Ask>
  )
}

type BountyState = ReportDetail['triage']['disclosure']['bounty']['state']

export function BountyDialog(props: Props) {
  const { bounty } = props.report.triage.disclosure
  const [state, setState] = useState<BountyState>(bounty.state)
  const [amount, setAmount] = useState(bounty.amount === null ? '' : String(bounty.amount))
  const [currency, setCurrency] = useState(bounty.currency ?? 'EUR')
  const money = state === 'offered' || state === 'paid'
  const act = () => ({
    act: 'bounty' as const,
    state,
    amount: money ? Number(amount) : null,
    currency: money ? currency : null,
  })
  const ready = !money || (amount !== '' && Number(amount) >= 0 && /^[A-Z]{3}$/.test(currency))
  return (
    <Ask {...props} title="Reward" act={act} done="On record" confirm="Put on record" ready={ready}>
      <SelectField<BountyState>
        label="State"
        value={state}
        onChange={setState}
        hint="Paying itself is done elsewhere."
        choices={(['none', 'eligible', 'offered', 'paid', 'declined'] as const).map((value) => ({
          value,
          label: value,
        }))}
      />
      {money && (
        <div className="grid grid-cols-2 gap-3">
          <TextField label="Amount" type="number" min={0} value={amount} onChange={setAmount} required />
          <TextField
            label="Currency"
            value={currency}
            onChange={(text) => setCurrency(text.toUpperCase())}
            maxLength={3}
            required
          />
        </div>
      )}
    </Ask>
  )
}
