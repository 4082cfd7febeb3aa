import { useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { WeightsGrantView } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { Facts, Page, Section } from '../../components/page.tsx'
import { exactly, When } from '../../components/when.tsx'
import { History } from '../ledger/history.tsx'
import { PersonName } from '../people/person-name.tsx'
import { BurnDown } from './burn-down.tsx'
import { GrantMark, KINDS, USES } from './marks.tsx'
import { versionPath } from './models-tab.tsx'
import { grantQuery, useWeightsChanged } from './queries.ts'
import { ShareBar } from './share-bar.tsx'
import { FileList } from './statement.tsx'
import { bytes } from './words.ts'

/** One grant: what it allows, what was read under it, and how it ends. */
export function GrantPage() {
  const { id } = useParams({ from: '/shell/weights/grants/$id' })
  const { data: grant } = useSuspenseQuery(grantQuery(id))
  return (
    <Page
      title={`Access to ${grant.version}`}
      summary={
        <>
          <GrantMark grant={grant} /> · {KINDS[grant.kind]}
        </>
      }
      actions={<Revoke grant={grant} />}
    >
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Section title="What was read" note="counted before it leaves">
          <Usage grant={grant} />
          <BurnDown grant={grant} />
        </Section>
        <Section title="What it allows">
          <Facts rows={factsOf(grant)} />
        </Section>
      </div>
      <History id={grant.id} />
    </Page>
  )
}

function Usage({ grant }: { readonly grant: WeightsGrantView }) {
  const left = Math.max(0, grant.budgetBytes - grant.usedBytes)
  return (
    <div className="flex flex-col gap-1">
      <ShareBar part={grant.usedBytes} whole={grant.budgetBytes} />
      <p className="text-quiet">
        {left === 0 ? 'Nothing is left: it gives out no more.' : `${bytes(left)} may still be read.`}
      </p>
    </div>
  )
}

function factsOf(grant: WeightsGrantView) {
  const { personId, approvers, approval, environment, host, destination, device } = grant
  return [
    [
      'Version',
      <AppLink key="v" href={versionPath(grant.version)} inline>
        {grant.version}
      </AppLink>,
    ],
    ['Files', <FileList key="f" files={grant.files} />],
    ['Purpose', grant.purpose],
    ['Use', USES[grant.use]],
    ['Whose', <PersonName key="p" id={personId} link />],
    [
      'From',
      <AppLink key="d" href={`/weights/devices/${device}`} inline>
        {environment === null ? host : `${host}, in environment ${environment}`}
      </AppLink>,
    ],
    ['May reach', destination === null ? 'nothing on a network' : `${destination.host}, port ${destination.port}`],
    [
      'Agreed to by',
      <span key="a">
        {approvers.map((id, i) => (
          <span key={id}>
            {i > 0 && ', '}
            <PersonName id={id} link />
          </span>
        ))}
        {approval !== null && (
          <>
            {' · '}
            <AppLink href={`/approvals/${approval}`} inline>
              what they signed
            </AppLink>
          </>
        )}
      </span>,
    ],
    ['Window', `${exactly(grant.startsAt)} to ${exactly(grant.expiresAt)}`],
    ...(grant.endedAt === null
      ? []
      : [
          [
            'Ended',
            <span key="e">
              <When at={grant.endedAt} />{' '}
              {grant.endedBy !== null && (
                <>
                  by <PersonName id={grant.endedBy} />
                </>
              )}{' '}
              {grant.endedReason !== null && <span className="block">“{grant.endedReason}”</span>}
            </span>,
          ] as const,
        ]),
    ['Manifest', <Code key="m">{grant.manifestDigest}</Code>],
  ] as const
}

/** One person ends it, at once. */
function Revoke({ grant }: { readonly grant: WeightsGrantView }) {
  const { may } = usePermissions()('weights.lock')
  const [asking, setAsking] = useState(false)
  const changed = useWeightsChanged()
  const left = Math.max(0, grant.budgetBytes - grant.usedBytes)
  if (!may || grant.state !== 'active') return null
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        Revoke
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="Revoke this grant?"
        effects={[
          `What is being read under it stops within a second, on every replica; ${bytes(left)} that could still be read never are.`,
          'It never comes back: who needs access again asks anew, and others agree anew.',
        ]}
        confirm="Revoke"
        reasonLabel="Reason"
        onConfirm={async (reason) => {
          const params = { id: grant.id }
          await withFreshKey(() => call('POST /api/v1/weights/grants/{id}/revocation', { params, body: { reason } }))
          await changed('Revoked')
        }}
      />
    </>
  )
}
