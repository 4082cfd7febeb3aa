import type { AssessmentVerdict } from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { sentence } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { Command } from '../scaling/command.tsx'
import { remedyOf, SHOWINGS, type ShowingName } from './words.ts'

interface WhatWouldMoveProps {
  readonly missing: AssessmentVerdict['missing']
  readonly model: string
  readonly may: boolean
  readonly isOpen: boolean
  onVouch(suite: string): void
  onShowing(name: ShowingName): void
}

/** What stands between the results and BELOW, suite by suite, each with the way to give it. */
export function WhatWouldMove({ missing, model, may, isOpen, onVouch, onShowing }: WhatWouldMoveProps) {
  if (missing.length === 0) return <StateMark state="holds">Nothing is missing for BELOW</StateMark>
  return (
    <ul className="divide-y divide-line border-y border-line">
      {[...Map.groupBy(missing, ({ suite }) => suite)].map(([suite, gaps]) => {
        const remedies = new Set(gaps.map(({ code }) => remedyOf(code)))
        const isMet = gaps.some(({ code }) => code === 'line_met')
        return (
          <li key={suite} className="grid gap-x-6 gap-y-1 py-2.5 sm:grid-cols-[11rem_minmax(0,1fr)_auto]">
            <StateMark state={isMet ? 'fails' : 'watch'}>{suite ?? 'The case as a whole'}</StateMark>
            <ul className="flex flex-col gap-1">
              {gaps.map(({ code, words }) => (
                <Gap key={words} code={code} words={words} onShowing={isOpen && may ? onShowing : undefined} />
              ))}
              {isOpen && remedies.has('import') && suite !== null && (
                <li>
                  <Command>{`safelevel eval import FILE --model ${model} --suite ${suite} --snapshot SNAPSHOT`}</Command>
                </li>
              )}
              {remedies.has('threat') && (
                <li>
                  <Command>safelevel eval threat FILE</Command>
                </li>
              )}
            </ul>
            {isOpen && may && remedies.has('vouch') && suite !== null && (
              <Button
                small
                className="justify-self-start"
                aria-label={`Answer for it: ${suite}`}
                onClick={() => onVouch(suite)}
              >
                Answer for it
              </Button>
            )}
          </li>
        )
      })}
    </ul>
  )
}

function Gap({
  code,
  words,
  onShowing,
}: {
  readonly code: string
  readonly words: string
  readonly onShowing: ((name: ShowingName) => void) | undefined
}) {
  const showing = SHOWINGS.find(([name]) => code === 'showing' && words.includes(name))
  if (showing === undefined) return <li>{sentence(words)}</li>
  const [name, title] = showing
  return (
    <li className="flex flex-wrap items-baseline gap-x-3">
      The showing “{title}” has not been made.
      {onShowing !== undefined && (
        <Button small aria-label={`Make it: ${title}`} onClick={() => onShowing(name)}>
          Make it
        </Button>
      )}
    </li>
  )
}
