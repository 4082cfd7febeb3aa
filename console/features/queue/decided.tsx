import { useEffect, useRef } from 'react'
import type { ReviewCase } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button, buttonLook } from '../../components/button.tsx'
import { Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { keysAreTaken } from '../decisions/held-key.ts'
import { useTakeNext } from './queue-page.tsx'
import { VERDICTS } from './words.ts'

/** After a reading: what became of the case, and on to the next one. */
export function Decided({ after }: { readonly after: ReviewCase }) {
  const take = useTakeNext()
  const button = useRef<HTMLButtonElement>(null)
  const press = useRef(() => {})
  // What was escalated is for leads: the next one comes from where the reader works.
  const queue = after.desk === 'restricted' ? after.queue : null
  press.current = () => take.next(queue)
  useEffect(() => {
    button.current?.focus()
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || event.repeat || keysAreTaken(event)) return
      if (event.target instanceof HTMLElement && event.target.closest('a, button') !== null) return
      event.preventDefault()
      press.current()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
  return (
    <Section title="Recorded" className="rounded-md border border-line p-3">
      <p role="status">
        <StateMark state={after.state === 'decided' ? 'holds' : 'watch'}>{wordsFor(after)}</StateMark>
      </p>
      {take.problem !== null && <ProblemNote problem={take.problem} />}
      <div className="flex flex-wrap gap-2">
        <Button ref={button} look="primary" busy={take.busy} onClick={() => take.next(queue)}>
          Take the next case <kbd>Enter</kbd>
        </Button>
        <AppLink href="/queue" className={buttonLook()}>
          To the queue
        </AppLink>
      </div>
    </Section>
  )
}

function wordsFor({ state, outcome }: ReviewCase): string {
  switch (state) {
    case 'decided':
      return `decided: ${outcome === null ? '' : VERDICTS[outcome][1]}`
    case 'second_reading':
      return 'waits for a second reader, who is not told what you said'
    case 'adjudication':
      return 'you and the first reader differ: a third person has the last word'
    case 'escalated':
      return 'waits for a lead'
    case 'waiting':
      return 'waits for somebody else'
  }
}
