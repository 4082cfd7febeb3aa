import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { Exemption } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { Facts, Page, Section } from '../../components/page.tsx'
import { useToast } from '../../components/toast.tsx'
import { exactly, When } from '../../components/when.tsx'
import { SubjectLink } from '../accounts/subject-name.tsx'
import { History } from '../ledger/history.tsx'
import { PersonName } from '../people/person-name.tsx'
import { ExemptionMark } from './exemptions-page.tsx'
import { exemptionQuery } from './queries.ts'
import { Scope } from './scope.tsx'

/** One exemption: what it lets past, why, by whom, and the way to end it. */
export function ExemptionPage() {
  const { id } = useParams({ from: '/shell/exemptions/$id' })
  const { data: exemption } = useSuspenseQuery(exemptionQuery(id))
  return (
    <Page
      title={`Exemption from ${exemption.clauses.length > 3 ? count(exemption.clauses.length, 'clause') : exemption.clauses.join(', ')}`}
      summary={
        <>
          <ExemptionMark exemption={exemption} /> · until {exactly(exemption.expiresAt)}
        </>
      }
      actions={exemption.state === 'active' && <End exemption={exemption} />}
    >
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Section title="What is let past">
          <Facts
            rows={[
              ['Whose traffic', <Scope key="scope" scope={exemption.scope} link />],
              ['Customer', <SubjectLink key="o" subject={{ type: 'organisation', id: exemption.organisationId }} />],
              ['Clauses', exemption.clauses.join(', ')],
              ['About', exemption.labels.map((label) => label.replaceAll('_', ' ')).join(', ')],
              ['Since', <When key="since" at={exemption.grantedAt} />],
              ['Until', <When key="until" at={exemption.expiresAt} />],
              ['Identifier', <Code key="id">{exemption.id}</Code>],
            ]}
          />
        </Section>
        <Section title="Why">
          <Facts
            rows={[
              ['Reason', <Words key="reason" text={exemption.reason} />],
              ['Risk', <Words key="risk" text={exemption.riskNote} />],
              ['Asked by', <PersonName key="by" id={exemption.requestedBy} link />],
              [
                'Agreed by',
                <>
                  {exemption.approvedBy.map((person, i) => (
                    <span key={person}>
                      {i > 0 && ', '}
                      <PersonName id={person} link />
                    </span>
                  ))}{' '}
                  ·{' '}
                  <AppLink href={`/approvals/${exemption.approvalId}`} inline>
                    the request
                  </AppLink>
                </>,
              ],
              ...(exemption.endedAt === null
                ? []
                : [
                    [
                      'Ended',
                      <>
                        <When at={exemption.endedAt} />
                        {exemption.endedBy !== null && (
                          <>
                            {' '}
                            by <PersonName id={exemption.endedBy} link />
                          </>
                        )}
                        {exemption.endedReason !== null && <Words text={`“${exemption.endedReason}”`} />}
                      </>,
                    ] as const,
                  ]),
            ]}
          />
        </Section>
      </div>
      <History id={exemption.id} />
    </Page>
  )
}

function Words({ text }: { readonly text: string }) {
  return <span className="block whitespace-pre-wrap">{text}</span>
}

function End({ exemption }: { readonly exemption: Exemption }) {
  const { may } = usePermissions()('exemptions.end')
  const [asking, setAsking] = useState(false)
  const client = useQueryClient()
  const toast = useToast()
  if (!may) return null
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        End it
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="End this exemption?"
        effects={[
          `${count(exemption.clauses.length, 'clause')} hold for this traffic again: here at once, on every server within a second.`,
          'A new one takes two people again.',
        ]}
        confirm="End it"
        reasonLabel="Reason"
        onConfirm={async (reason) => {
          await withFreshKey(() =>
            call('POST /api/v1/exemptions/{id}/end', { params: { id: exemption.id }, body: { reason } }),
          )
          await client.invalidateQueries({ queryKey: ['exemptions'] })
          toast('The exemption was ended')
        }}
      />
    </>
  )
}
