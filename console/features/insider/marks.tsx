import type { InsiderCase, InsiderLevel } from '../../app/api/schema.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly, When } from '../../components/when.tsx'
import { LEVEL_MARKS, OUTCOMES, STATE_MARKS } from './words.ts'

export function LevelMark({ level }: { readonly level: InsiderLevel }) {
  const [state, words] = LEVEL_MARKS[level]
  return (
    <StateMark state={state} className="whitespace-nowrap">
      {words}
    </StateMark>
  )
}

export function CaseMark({ of: { state, outcome } }: { readonly of: Pick<InsiderCase, 'state' | 'outcome'> }) {
  if (state === null) return null
  const [mark, words] = STATE_MARKS[state]
  if (state !== 'closed') return <StateMark state={mark}>{words}</StateMark>
  return (
    <StateMark state={outcome === 'confirmed' ? 'fails' : outcome === 'inconclusive' ? 'unknown' : 'holds'}>
      {words}
      {outcome !== null && `: ${OUTCOMES[outcome]}`}
    </StateMark>
  )
}

/** Somebody who does not exist did what nobody did: never to be taken for what is so. */
export function SyntheticMark() {
  return (
    <span className="rounded-sm border border-dashed border-watch px-1 text-xs font-semibold tracking-widest whitespace-nowrap text-watch">
      DRILL · SYNTHETIC
    </span>
  )
}

export function SyntheticBand() {
  return (
    <div className="rounded-md border-2 border-dashed border-watch bg-watch-soft px-3 py-2">
      <strong className="mr-2 tracking-widest text-watch">DRILL · SYNTHETIC</strong>
      Planted to see whether the watch sees it. The person does not exist, and nothing is done to anybody.
    </div>
  )
}

interface CaseTimeProps {
  readonly at: string
  /** Times are told to the hour alone until two people have opened the case: they would give the person away. */
  readonly whole: boolean
}

/** When it was, as exactly as one may know. */
export function CaseTime({ at, whole }: CaseTimeProps) {
  if (whole) return <When at={at} />
  return (
    <time dateTime={at} className="whitespace-nowrap">
      {exactly(at).slice(0, 13)} h
    </time>
  )
}
