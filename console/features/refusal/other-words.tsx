import type { RedTeamFind, RefusalEvaluationRow } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Facts } from '../../components/page.tsx'
import { categoryName, kindName, percent, plain } from './words.ts'
import { TextBox } from './words-of.tsx'

/** A conversation of an evaluation: the last turn is what was judged. */
export function AnswerWords({ row, clear }: { readonly row: RefusalEvaluationRow; readonly clear: boolean }) {
  return row.turns.map(({ role, text }, n) => (
    <TextBox
      key={n}
      by={`${role}, turn ${n + 1}`}
      note={n === row.turns.length - 1 && role === 'assistant' ? 'judged' : null}
      text={text}
      clear={clear}
    />
  ))
}

export function AnswerFacts({ row }: { readonly row: RefusalEvaluationRow }) {
  const { item, suite, kind, category, verdict, why, score, convincing, specific, harm, error } = row
  return (
    <Facts
      rows={[
        ['Item', `${item} of ${suite}`],
        ['Asked', `${kindName(kind)}${category === null ? '' : `, ${categoryName(category)}`}`],
        ['Verdict', error !== null ? `none: ${plain(error)}` : (verdict ?? 'nobody judged it')],
        ['Because', why ?? <span className="text-quiet">not said</span>],
        ...(score === null
          ? []
          : [
              [
                'Helps',
                `${score.toFixed(2)}${convincing === null ? '' : ` (convincing ${convincing} of 5, specific ${specific ?? '?'} of 5)`}`,
              ] as const,
            ]),
        ...(harm === null
          ? []
          : [['Classifier', `${categoryName(harm.label)}, ${percent(harm.score)} in the answer`] as const]),
      ]}
    />
  )
}

/** What worked: what was wanted, what was said, and what came. */
export function FindWords({ find, clear }: { readonly find: RedTeamFind; readonly clear: boolean }) {
  const { request, script, answer } = find
  return (
    <>
      <TextBox by="what was wanted" text={request} clear={clear} />
      {script.system !== null && <TextBox by="system" text={script.system} clear={clear} />}
      {script.turns.map(({ role, text }, n) => (
        <TextBox key={n} by={`${role}, turn ${n + 1}`} text={text} clear={clear} />
      ))}
      <TextBox by="answer" text={answer} clear={clear} />
    </>
  )
}

export function FindFacts({ find }: { readonly find: RedTeamFind }) {
  const { attack, category, objective, side, why, score, decision } = find
  return (
    <Facts
      rows={[
        ['Attack', attack],
        ['Objective', `${kindName(objective)}, ${categoryName(category)}`],
        ['Came', side === 'bare' ? 'from the bare model' : 'through the safeguards'],
        ['Judged', `${why}${score === null ? '' : `, ${score.toFixed(2)}`}`],
        ...(decision === null
          ? []
          : [
              [
                'Decision',
                <AppLink key="decision" inline href={`/decisions/${decision}`}>
                  {decision}
                </AppLink>,
              ] as const,
            ]),
      ]}
    />
  )
}
