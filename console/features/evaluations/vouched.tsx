import type { Assessment } from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { Section } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { PersonName } from '../people/person-name.tsx'

/** By suite, what somebody answers for by name. */
export function Vouched({
  assessment,
  may,
  onVouch,
}: {
  readonly assessment: Assessment
  readonly may: boolean
  onVouch(suite: string): void
}) {
  return (
    <Section title="What people answer for">
      <ul className="divide-y divide-line border-y border-line">
        {assessment.suites.map((suite) => {
          const vouched = assessment.vouched[suite]
          const [elicited, read, checked, grader] = [
            vouched?.elicitation != null && !Object.values(vouched.elicitation).includes('not-done'),
            vouched?.transcripts,
            vouched?.contamination,
            vouched?.grader,
          ]
          return (
            <li key={suite} className="flex flex-wrap items-start gap-x-4 gap-y-1 py-2">
              <div className="min-w-52 flex-1">
                <span className="font-medium">{suite}</span>
                <ul className="flex flex-col gap-0.5">
                  <li>
                    <StateMark state={elicited ? 'holds' : 'unknown'}>
                      elicitation {elicited ? 'done' : 'not done'}
                    </StateMark>
                  </li>
                  <li>
                    <StateMark state={read == null ? 'unknown' : read.spurious > 0 ? 'watch' : 'holds'}>
                      {read == null
                        ? 'no transcripts read'
                        : `${count(read.read, 'transcript')} read, ${read.spurious} spurious`}
                    </StateMark>
                  </li>
                  <li>
                    <StateMark
                      state={checked?.checked !== true ? 'unknown' : checked.unreplaced > 0 ? 'watch' : 'holds'}
                    >
                      {checked?.checked !== true
                        ? 'memorised tasks not looked for'
                        : `memorised tasks looked for, ${checked.unreplaced} not replaced`}
                    </StateMark>
                  </li>
                  <li>
                    <StateMark state={grader == null ? 'unknown' : 'holds'}>
                      {grader == null
                        ? 'grader not tried'
                        : `grader recognised ${grader.recognised} of ${count(grader.positives, 'right answer')}`}
                    </StateMark>
                  </li>
                </ul>
                {vouched !== undefined && (
                  <p className="text-xs text-quiet">
                    {vouched.by.map((person, i) => (
                      <span key={person}>
                        {i > 0 && ', '}
                        <PersonName id={person} />
                      </span>
                    ))}
                  </p>
                )}
              </div>
              {may && (
                <Button small aria-label={`Answer for it, ${suite}`} onClick={() => onVouch(suite)}>
                  Answer for it
                </Button>
              )}
            </li>
          )
        })}
      </ul>
    </Section>
  )
}
