import { queryOptions, useQuery } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'
import type { Appeal, DecisionView } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Code } from '../../components/copy.tsx'
import { Facts, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { exactly, When } from '../../components/when.tsx'
import { ActionState, By, Why } from '../accounts/action-table.tsx'
import { actionQuery, useLiftsWaiting } from '../accounts/queries.ts'
import { SubjectLink } from '../accounts/subject-name.tsx'
import { STEP_WORDS, TYPES } from '../accounts/words.ts'
import { Statement } from './statement.tsx'

/** What is objected to: the decision or action itself, and what its subject was told. */
export function Contested({ about }: { readonly about: Appeal['about'] }) {
  return (
    <>
      <Section title={about.type === 'action' ? 'The action' : 'The decision'}>
        {about.type === 'action' ? <Action id={about.id} /> : <Decision id={about.id} />}
      </Section>
      <Section title="What they were told" note="the statement of reasons">
        <Statement about={about.id} />
      </Section>
    </>
  )
}

function Action({ id }: { readonly id: string }) {
  const { may } = usePermissions()('accounts.read')
  const { data, error } = useQuery({ ...actionQuery(id), enabled: may })
  const waiting = useLiftsWaiting()
  if (!may) return <Code>{id}</Code>
  if (error !== null) return <ProblemNote problem={error} />
  if (data === undefined) return <Skeleton className="h-16" />
  return (
    <Facts
      rows={[
        ['Step', STEP_WORDS[data.step][1]],
        [
          'Against',
          <>
            <span className="text-quiet">{TYPES[data.subject.type]}</span> <SubjectLink subject={data.subject} />
          </>,
        ],
        ['Why', <Why key="why" action={data} />],
        [
          'Taken',
          <>
            by <By action={data} />, <When at={data.startedAt} />
          </>,
        ],
        ['State', <ActionState key="state" action={data} approval={waiting.get(id)} />],
      ]}
    />
  )
}

const decisionQuery = (id: string) =>
  queryOptions({
    queryKey: ['appeals', 'decision', id],
    queryFn: () => call('GET /api/v1/decisions/{id}', { params: { id } }),
  })

function Decision({ id }: { readonly id: string }) {
  const { may } = usePermissions()('decisions.read')
  const { data, error } = useQuery({ ...decisionQuery(id), enabled: may })
  if (!may) return <Code>{id}</Code>
  if (error !== null) return <ProblemNote problem={error} />
  return data === undefined ? <Skeleton className="h-24" /> : <DecisionFacts decision={data} />
}

function DecisionFacts({ decision }: { readonly decision: DecisionView }) {
  const { id, at, side, outcome, label, clause, severity, model, key, endUser, prompt, completion, content } = decision
  const judged = side === 'completion' ? completion : prompt
  return (
    <>
      <Facts
        rows={[
          ['Outcome', `${outcome === 'cut' ? 'cut' : 'refused'}, ${side ?? 'request'} · ${exactly(at)}`],
          [
            'Found',
            <>
              {label?.replaceAll('_', ' ') ?? 'nothing'}
              {typeof judged?.score === 'number' && (
                <span className="text-quiet">
                  {' '}
                  {judged.score.toFixed(2)}
                  {judged.threshold !== null && ` from ${judged.threshold.toFixed(2)} on`}
                </span>
              )}
            </>,
          ],
          ['Clause', `${clause ?? 'none'}${severity === null ? '' : ` · ${severity}`}`],
          ['Model', model ?? 'none'],
          ...(endUser === null
            ? []
            : [['End user', <SubjectLink key="user" subject={{ type: 'end_user', id: endUser }} />] as const]),
          ...(key === null ? [] : [['Key', <SubjectLink key="key" subject={{ type: 'key', id: key }} />] as const]),
        ]}
      />
      <p>
        <AppLink href={`/decisions/${id}`} inline>
          {content === null ? 'The decision with its scores' : 'What was said, and the scores'}
        </AppLink>
      </p>
    </>
  )
}
