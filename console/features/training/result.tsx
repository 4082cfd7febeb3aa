import type { CourseResult } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { buttonLook } from '../../components/button.tsx'
import { Section } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'

/** What came of a try: what to read again, or, once it is passed, why each answer is right. */
export function Result({ result }: { readonly result: CourseResult }) {
  const { passed, score, passMark, read, answers, completion, left } = result
  return (
    <Section title={passed ? 'Passed' : 'Not passed yet'} note={`${score.right} of ${score.of}, ${passMark} % to pass`}>
      {!passed && (
        <div className="max-w-prose">
          <p>Read again: {read.join(' · ')}.</p>
          <p className="text-quiet">{left === 0 ? 'No more tries this hour.' : `${left} more tries this hour.`}</p>
        </div>
      )}
      {completion !== null && (
        <p>
          <StateMark state="holds">On record</StateMark> <span className="text-quiet">to be taken again</span>{' '}
          <When at={completion.validUntil} />
        </p>
      )}
      {answers !== null && (
        <ol className="max-w-prose divide-y divide-line border-y border-line">
          {answers.map(({ ask, right, why, met }) => (
            <li key={ask} className="flex flex-col gap-1 py-3">
              <span className="font-medium">{ask}</span>
              <StateMark state={met ? 'holds' : 'fails'}>{right.join(' · ')}</StateMark>
              <span className="text-quiet">{why}</span>
            </li>
          ))}
        </ol>
      )}
      {passed && (
        <AppLink href="/training" className={`${buttonLook()} self-start`}>
          What else is due
        </AppLink>
      )}
    </Section>
  )
}
