import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { EnforcementSubject, EnforcementSubjectType, EnforcementSubjectView } from '../../app/api/schema.ts'
import { NotFound } from '../../app/failure.tsx'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { Facts, Page, Section } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { History } from '../ledger/history.tsx'
import { ActionTable } from './action-table.tsx'
import { Belongings } from './belongings.tsx'
import { acceptanceQuery, keyQuery, organisationQuery, projectQuery, subjectQuery, useOwner } from './queries.ts'
import { RecentDecisions } from './recent-decisions.tsx'
import { StandingChart } from './standing-chart.tsx'
import { StepMark } from './step-mark.tsx'
import { LinkList, PatternList, StrikeTable } from './strikes-and-patterns.tsx'
import { SubjectActions } from './subject-actions.tsx'
import { SubjectLink, shortId, useSubjectName } from './subject-name.tsx'
import { inPoints, points, TYPES } from './words.ts'

/** One end user, key, project or organisation: where it stands and why, and what can be done. */
export function SubjectPage() {
  const { type, id } = useParams({ from: '/shell/accounts/$type/$id' })
  if (!isType(type)) return <NotFound />
  return <Subject key={`${type} ${id}`} subject={{ type, id }} />
}

function isType(type: string): type is EnforcementSubjectType {
  return Object.hasOwn(TYPES, type)
}

function Subject({ subject }: { readonly subject: EnforcementSubject }) {
  const { data: view } = useSuspenseQuery(subjectQuery(subject))
  const name = useSubjectName(subject)
  const { standing } = view
  return (
    <Page
      title={name ?? `${TYPES[subject.type]} ${shortId(subject.id)}`}
      summary={
        <>
          {TYPES[subject.type]} · <StepMark step={standing.step} /> · {inPoints(standing.points)} of{' '}
          {count(standing.strikes, 'strike')}
        </>
      }
      actions={<SubjectActions subject={subject} />}
    >
      <div className="grid gap-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Standing view={view} />
        <Section title="About">
          <About subject={subject} view={view} />
        </Section>
      </div>
      <Section title="Actions" note="restricting takes one person, lifting two">
        <ActionTable actions={view.actions} />
      </Section>
      <Belongings subject={subject} />
      <StrikeTable strikes={view.strikes} />
      <PatternList patterns={view.patterns} />
      <LinkList links={view.links} />
      <RecentDecisions subject={subject} />
      <History id={subject.id} />
    </Page>
  )
}

function Standing({ view }: { readonly view: EnforcementSubjectView }) {
  const { standing, ladder, course } = view
  const { pointsReach } = standing
  return (
    <Section
      title="Points"
      note={
        ladder.automaticUpTo === 'none'
          ? 'no step is taken without a person here'
          : `without a person at most: ${ladder.automaticUpTo}`
      }
    >
      {course.length === 0 ? (
        <p className="text-quiet">No strike counts. Requests that the policy refuses give them, and they run out.</p>
      ) : (
        <>
          <p>
            <span className="text-lg">{points(standing.points)}</span>{' '}
            {pointsReach === 'none' ? (
              <span className="text-quiet">below the first step</span>
            ) : (
              <StateMark state="watch">reach “{pointsReach}”</StateMark>
            )}
          </p>
          <StandingChart view={view} />
        </>
      )}
    </Section>
  )
}

function About({ subject, view }: { readonly subject: EnforcementSubject; readonly view: EnforcementSubjectView }) {
  const rows: (readonly [string, ReactNode])[] = [['Identifier', <Code key="id">{subject.id}</Code>]]
  const owner = useOwner(subject)
  const { data: key } = useQuery({ ...keyQuery(subject.id), enabled: subject.type === 'key' })
  const projectId = subject.type === 'project' ? subject.id : (key?.projectId ?? '')
  const ofProject = useQuery({ ...projectQuery(projectId), enabled: subject.type === 'project' }).data
  const project = subject.type === 'project' ? ofProject : undefined
  const isOrganisation = subject.type === 'organisation'
  const { data: organisation } = useQuery({ ...organisationQuery(subject.id), enabled: isOrganisation })
  const { data: acceptance } = useQuery({ ...acceptanceQuery(subject.id), enabled: isOrganisation })
  if (subject.type === 'end_user') {
    const [strike] = view.strikes
    rows.push(['Known by', 'a keyed digest of the identifier that the customer sends'])
    if (strike !== undefined) {
      rows.push(['Customer', <SubjectLink key="o" subject={{ type: 'organisation', id: strike.organisationId }} />])
      rows.push(['Came last with', <SubjectLink key="k" subject={{ type: 'key', id: strike.keyId }} />])
    }
  }
  if (owner !== undefined && subject.type !== 'organisation')
    rows.push(['Customer', <SubjectLink key="owner" subject={{ type: 'organisation', id: owner.id }} />])
  if (key !== undefined) {
    const secret = `${key.prefix}…${key.last4}`
    const mark = { active: 'holds', expired: 'unknown', revoked: 'fails' } as const
    rows.push(['Project', <SubjectLink key="p" subject={{ type: 'project', id: key.projectId }} />])
    rows.push(['Secret', <Code key="secret">{secret}</Code>])
    rows.push([
      'State',
      <StateMark key="state" state={mark[key.status]}>
        {key.status}
      </StateMark>,
    ])
    if (key.expiresAt !== null) rows.push(['Expires', <When key="expires" at={key.expiresAt} />])
    rows.push(['Last used', key.lastUsedAt === null ? 'never' : <When key="used" at={key.lastUsedAt} />])
    rows.push(['Test string', key.testString ? 'triggers a refusal' : 'is ordinary text'])
  }
  if (project !== undefined) {
    const words = (limit: number | null) => (limit === null ? 'the installation’s' : limit.toLocaleString('en'))
    rows.push(['Requests a minute', words(project.requestsPerMinute)])
    rows.push(['Tokens a minute', words(project.tokensPerMinute)])
  }
  if (organisation !== undefined)
    rows.push(['Tier', organisation.tier ?? <span className="text-quiet">none: no overlay for a tier applies</span>])
  if (acceptance !== undefined) {
    const { accepted, policyVersion, dueAt, required } = acceptance
    rows.push([
      `Policy ${policyVersion}`,
      accepted === null ? (
        <>
          <StateMark state={required ? 'watch' : 'unknown'}>not accepted yet</StateMark>
          {dueAt !== null && (
            <span className="text-quiet">
              {' '}
              · traffic is refused without it <When at={dueAt} />
            </span>
          )}
        </>
      ) : (
        <>
          <StateMark state="holds">accepted</StateMark>
          <span className="text-quiet">
            {' '}
            by {accepted.acceptedBy}, <When at={accepted.acceptedAt} />
          </span>
        </>
      ),
    ])
  }
  if (view.requestsPerDay !== null)
    rows.push(['Requests a day', <>{view.requestsPerDay.toLocaleString('en')} seen by this server</>])
  rows.push([
    'Exemptions',
    <AppLink key="exemptions" href="/exemptions" className={INLINE_LINK}>
      all that are in force
    </AppLink>,
  ])
  return <Facts rows={rows} />
}
