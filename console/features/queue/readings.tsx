import type { ReviewCaseDetail, ReviewReading } from '../../app/api/schema.ts'
import { Section } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { labelName } from '../decisions/words.ts'
import { PersonName } from '../people/person-name.tsx'
import { STAGES, VERDICTS } from './words.ts'

/** In which part one reads, and what is kept from one therefore. */
export function StageNote({ one }: { readonly one: ReviewCaseDetail }) {
  switch (one.state) {
    case 'second_reading':
      return (
        <p className="rounded-md bg-accent-soft px-2.5 py-1.5">
          <span className="font-medium">You are the second reader.</span> What the first one said is kept from you: two
          who know nothing of each other count for more.
        </p>
      )
    case 'adjudication':
      return (
        <p className="rounded-md bg-accent-soft px-2.5 py-1.5">
          <span className="font-medium">Two readers differ.</span> What both said stands below; you have the last word.
        </p>
      )
    case 'escalated':
      return (
        <p className="rounded-md bg-accent-soft px-2.5 py-1.5">
          <span className="font-medium">This was passed on to a lead.</span> Uphold or overturn: you have the last word.
        </p>
      )
    default:
      return null
  }
}

/** What people made of it, as far as who looks may know. */
export function Readings({ one }: { readonly one: ReviewCaseDetail }) {
  if (one.readings.length === 0) return null
  return (
    <Section title="Readings">
      <ul className="divide-y divide-line border-y border-line">
        {one.readings.map((reading) => (
          <Reading key={`${reading.reader} ${reading.decidedAt}`} reading={reading} />
        ))}
      </ul>
    </Section>
  )
}

function Reading({ reading }: { readonly reading: ReviewReading }) {
  const { reader, stage, verdict, labels, note, proposal, decidedAt } = reading
  const judged = Object.entries(labels)
  return (
    <li className="flex flex-col gap-1 py-2">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <StateMark state={verdict === 'uphold' || verdict === 'overturn' ? 'holds' : 'watch'}>
          {VERDICTS[verdict][1]}
        </StateMark>
        <span>
          <PersonName id={reader} /> <span className="text-quiet">{STAGES[stage]}</span>
        </span>
        <span className="grow" />
        <When at={decidedAt} />
      </div>
      {judged.length > 0 && (
        <p className="text-quiet">{judged.map(([label, says]) => `${labelName(label)}: ${says}`).join(' · ')}</p>
      )}
      {proposal !== null && (
        <p className="text-quiet">
          and {proposal.effect === 'strike' ? 'a strike' : 'a restriction'}, {proposal.severity}
        </p>
      )}
      {note !== '' && (
        <p dir="auto" className="whitespace-pre-wrap [unicode-bidi:isolate]">
          {note}
        </p>
      )}
    </li>
  )
}
