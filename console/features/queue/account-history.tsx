import { useQuery } from '@tanstack/react-query'
import type { EnforcementSubjectView, ReviewCaseDetail } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Facts, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { ObjectLink } from '../decisions/marks.tsx'
import { CaseList } from './case-list.tsx'
import { casesOfSubjectQuery, type Subject, standingQuery, subjectOf } from './queries.ts'

const SHOWN = 8
const NAMES: Record<Subject['type'], string> = {
  end_user: 'End user',
  key: 'Key',
  project: 'Project',
  organisation: 'Organisation',
}

/** What is known of whoever it is about: strikes, restrictions, earlier cases. */
export function AccountHistory({ one }: { readonly one: ReviewCaseDetail }) {
  const subject = subjectOf(one)
  return subject === null ? null : <SubjectHistory subject={subject} except={one.id} />
}

function SubjectHistory({ subject, except }: { readonly subject: Subject; readonly except: string }) {
  const { may } = usePermissions()('accounts.read')
  const standing = useQuery({ ...standingQuery(subject), enabled: may })
  const cases = useQuery(casesOfSubjectQuery(subject))
  const earlier = cases.data?.filter(({ id }) => id !== except)
  return (
    <Section title="The account">
      <Facts
        rows={[
          [NAMES[subject.type], <ObjectLink key="id" id={subject.id} />],
          ...(may && standing.data !== undefined ? standingFacts(standing.data) : []),
        ]}
      />
      {standing.error !== null && <ProblemNote problem={standing.error} />}
      <h3 className="text-xs font-medium text-quiet">Its other cases</h3>
      {cases.error !== null ? (
        <ProblemNote problem={cases.error} />
      ) : earlier === undefined ? (
        <Skeleton className="w-48" />
      ) : earlier.length === 0 ? (
        <p className="text-quiet">None: this is the first.</p>
      ) : (
        <>
          <CaseList cases={earlier.slice(0, SHOWN)} />
          {earlier.length > SHOWN && <p className="text-quiet">and {earlier.length - SHOWN} more</p>}
        </>
      )}
    </Section>
  )
}

function standingFacts(view: EnforcementSubjectView | null) {
  if (view === null) return [['Strikes', 'none']] as const
  const { standing, ladder, actions, strikes } = view
  const first = Math.min(...Object.values(ladder.thresholds).filter((value) => value !== undefined))
  const last = strikes[0]
  const inForce = actions.filter(({ ended }) => ended === null)
  return [
    [
      'Strikes',
      <span key="strikes">
        {standing.points.toFixed(1)} points{Number.isFinite(first) && ` (a first step from ${first})`} ·{' '}
        {standing.strikes} counting
        {last !== undefined && (
          <>
            {' '}
            · the last <When at={last.at} />
          </>
        )}
      </span>,
    ],
    [
      'In force',
      inForce.length === 0 ? (
        <span key="none" className="text-quiet">
          nothing
        </span>
      ) : (
        <StateMark key="force" state="fails">
          {inForce.map(({ step }) => STEPS[step]).join(', ')}
        </StateMark>
      ),
    ],
  ] as const
}

const STEPS: Record<EnforcementSubjectView['actions'][number]['step'], string> = {
  warn: 'warned',
  throttle: 'throttled',
  restrict: 'restricted',
  suspend: 'suspended',
  ban: 'banned',
}
