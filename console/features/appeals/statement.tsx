import { useQuery } from '@tanstack/react-query'
import type { StatementOfReasons } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Facts, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { exactly, When } from '../../components/when.tsx'
import { statementQuery } from './queries.ts'
import { MEASURES } from './words.ts'

/** The reasons as whom it concerns has read them. @param about id of the decision or action */
export function Statement({ about }: { readonly about: string }) {
  const { may } = usePermissions()('statements.read')
  const { data, error } = useQuery({ ...statementQuery(about), enabled: may })
  if (!may) return <p className="text-quiet">None of your roles shows statements of reasons.</p>
  if (error !== null) return <ProblemNote problem={error} />
  return data === undefined ? <Skeleton className="h-24" /> : <Reasons statement={data} />
}

function Reasons({ statement }: { readonly statement: StatementOfReasons }) {
  const { measure, at, until, facts, ground, label, automatedDecision, enforced, test, contestUntil } = statement
  const how = { fully: 'without a person', partially: 'partly by a person', not: 'by a person' }
  return (
    <Facts
      rows={[
        [
          'What',
          <>
            {MEASURES[measure] ?? measure}, <When at={at} />
            {!enforced && <span className="text-quiet"> · recorded, and passed on all the same</span>}
            {test && <span className="text-quiet"> · a test string</span>}
          </>,
        ],
        ...(until === null ? [] : [['Until', exactly(until)] as const]),
        [
          'Rule',
          <>
            {ground.clause !== null && <span className="font-medium">{ground.clause} </span>}
            {ground.title ?? <span className="text-quiet">no clause is named</span>}
            {ground.wording !== null && <span className="mt-1 block text-quiet">“{ground.wording}”</span>}
            {ground.policyVersion !== null && (
              <span className="block text-xs text-quiet">policy {ground.policyVersion}</span>
            )}
          </>,
        ],
        ...(label === null ? [] : [['Found', label.replaceAll('_', ' ')] as const]),
        ['Facts', facts],
        ['Decided', how[automatedDecision]],
        ['Can be contested', `until ${exactly(contestUntil).slice(0, 10)}`],
      ]}
    />
  )
}
