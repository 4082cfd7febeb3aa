import { useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { WeightsDevice } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { Facts, Page, Section } from '../../components/page.tsx'
import { exactly, When } from '../../components/when.tsx'
import { usePending } from '../approvals/pending.ts'
import { History } from '../ledger/history.tsx'
import { PersonName } from '../people/person-name.tsx'
import { AskApproval } from './ask-approval.tsx'
import { DeviceMark } from './marks.tsx'
import { deviceQuery, useWeightsChanged } from './queries.ts'

const DEVICE_ACTION = 'weights.device'

/** One device: its key, whose it is, and whether it may ask for weights. */
export function DevicePage() {
  const { id } = useParams({ from: '/shell/weights/devices/$id' })
  const { data: device } = useSuspenseQuery(deviceQuery(id))
  const { name, host, kind, environment, thumbprint, personId, registeredAt, expiresAt, approval } = device
  return (
    <Page title={name} summary={<DeviceMark state={device.state} />} actions={<Actions device={device} />}>
      <Section title="About this device">
        <Facts
          rows={[
            ['Stands for', kind === 'person' ? `host ${host}` : `environment ${environment}, as ${host}`],
            ['Whose', <PersonName key="p" id={personId} link />],
            ['Registered', <When key="r" at={registeredAt} />],
            ...(expiresAt === null ? [] : [['Until', exactly(expiresAt)] as const]),
            ...(approval === null
              ? []
              : [
                  [
                    'Let in',
                    <AppLink key="a" href={`/approvals/${approval}`} inline>
                      who agreed
                    </AppLink>,
                  ] as const,
                ]),
            ...(device.endedAt === null
              ? []
              : [
                  [
                    'Ended',
                    <span key="e">
                      <When at={device.endedAt} /> “{device.endedReason}”
                    </span>,
                  ] as const,
                ]),
            ['Thumbprint', <Code key="t">{thumbprint}</Code>],
          ]}
        />
      </Section>
      <History id={device.id} />
    </Page>
  )
}

function Actions({ device }: { readonly device: WeightsDevice }) {
  const may = usePermissions()
  const [asking, setAsking] = useState<'approve' | 'revoke' | null>(null)
  const [pending] = usePending(DEVICE_ACTION, 'device', device.id)
  const changed = useWeightsChanged()
  const { id, thumbprint, name, host, personId, environment, state } = device
  return (
    <>
      {state === 'pending' &&
        (pending !== undefined ? (
          <AppLink href={`/approvals/${pending.id}`} className={INLINE_LINK}>
            Letting it in waits for a second person
          </AppLink>
        ) : (
          may('weights.request').may && (
            <Button look="primary" onClick={() => setAsking('approve')}>
              Ask to let it in
            </Button>
          )
        ))}
      {(state === 'pending' || state === 'approved') && may('weights.lock').may && (
        <Button look="danger" onClick={() => setAsking('revoke')}>
          Revoke
        </Button>
      )}
      {asking === 'approve' && (
        <AskApproval
          title={`Let ${name} in`}
          description="Somebody who approves access to weights must agree. Compare the thumbprint with what the host shows."
          action={DEVICE_ACTION}
          payload={{ device: id, thumbprint, name, host, personId, environment }}
          onClose={() => setAsking(null)}
        >
          <p>
            <Code>{thumbprint}</Code>
          </p>
        </AskApproval>
      )}
      <ConfirmDialog
        open={asking === 'revoke'}
        onOpenChange={() => setAsking(null)}
        title={`Revoke ${name}?`}
        effects={[
          'Every grant that it holds ends, and what it is reading stops within a second.',
          'Its key never comes back: a device that starts again makes a new one.',
        ]}
        confirm="Revoke"
        reasonLabel="Reason"
        onConfirm={async (reason) => {
          const body = { reason }
          await withFreshKey(() => call('POST /api/v1/weights/devices/{id}/revocation', { params: { id }, body }))
          await changed('Revoked')
        }}
      />
    </>
  )
}
