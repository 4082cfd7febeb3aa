import { useMutation, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { Facts, Page, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { When } from '../../components/when.tsx'
import { History } from '../ledger/history.tsx'
import { PersonName } from '../people/person-name.tsx'
import { CaseMark } from './cases-section.tsx'
import { caseQuery, useReportChanged } from './queries.ts'
import { Run } from './reproductions.tsx'
import { EXPECTATIONS } from './words.ts'

/** One regression case: what must hold, how it stands with the policy, and its runs. */
export function RegressionCasePage() {
  const { id } = useParams({ from: '/shell/reports/cases/$id' })
  const { data: one } = useSuspenseQuery(caseQuery(id))
  const { may } = usePermissions()('reports.triage')
  const [asked, setAsked] = useState(false)
  const changed = useReportChanged()
  const enable = useMutation({
    mutationFn: () => call('POST /api/v1/regression-cases/{id}/enablings', { params: { id } }),
    onSuccess: () => changed('In force again'),
  })
  return (
    <Page
      title={EXPECTATIONS[one.expectation][0]}
      summary={<CaseMark one={one} />}
      actions={
        !may ? undefined : one.state === 'enabled' ? (
          <Button onClick={() => setAsked(true)}>Take it out of force</Button>
        ) : (
          <Button look="primary" busy={enable.isPending} onClick={() => enable.mutate()}>
            Put it in force
          </Button>
        )
      }
    >
      {enable.error !== null && <ProblemNote problem={enable.error} />}
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Section title="About this case">
          <Facts
            rows={[
              ['Case', <Code key="id">{one.id}</Code>],
              [
                'Of the report',
                <AppLink key="report" href={`/reports/${one.report}`} inline>
                  …{one.report.slice(-6)}
                </AppLink>,
              ],
              ['Must hold', EXPECTATIONS[one.expectation][1]],
              ...(one.clause === null ? [] : [['Under clause', one.clause] as const]),
              ['Where', one.deployments?.join(', ') ?? 'every deployment'],
              [
                'Before a release',
                `${count(one.n, 'try', 'tries')}, of which ${one.allowed} may be harmful; errors count as harmful`,
              ],
              ...(one.policyCheck === null
                ? []
                : [['Policy in force', `${one.policyCheck.policy.version}: ${one.policyCheck.says}`] as const]),
              [
                'Made',
                <>
                  by <PersonName id={one.madeBy} link />, <When at={one.madeAt} />
                </>,
              ],
              ...(one.disabled === null
                ? []
                : [
                    [
                      'Out of force',
                      <>
                        <AppLink href={`/approvals/${one.disabled.approval}`} inline>
                          by two people
                        </AppLink>
                        , <When at={one.disabled.at} />
                      </>,
                    ] as const,
                  ]),
            ]}
          />
        </Section>
        <Section title="Runs" note="through the gateway">
          {one.runs.length === 0 && (
            <p className="text-quiet">Not run yet: the gate of releases stays closed to what it is about.</p>
          )}
          <div className="flex flex-col gap-4">
            {one.runs.map((run) => (
              <Run key={run.id} run={run} may={may} />
            ))}
          </div>
        </Section>
      </div>
      <History id={one.id} />
      <ConfirmDialog
        open={asked}
        onOpenChange={setAsked}
        title="Take it out of force"
        effects={[
          'A second person must agree.',
          'No policy and no deployment is held against it any more; one person can put it in force again.',
        ]}
        confirm="Ask for it"
        reasonLabel="Why it may come back"
        onConfirm={async (reason) => {
          await call('POST /api/v1/regression-cases/{id}/disablings', { params: { id }, body: { reason } })
          await changed('Asked for', 'It waits for a second person among the approvals.')
        }}
      />
    </Page>
  )
}
