import { useQuery } from '@tanstack/react-query'
import type { Status } from '../../app/api/schema.ts'
import { useMe, usePermissions } from '../../app/session.ts'
import { statusQuery } from '../../app/status.ts'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { EmptyState, Facts, Page, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { span } from '../../components/when.tsx'
import { Attention } from './attention.tsx'
import { Coverage } from './coverage.tsx'
import { Traffic } from './traffic.tsx'
import { WaitingApprovals } from './waiting-approvals.tsx'

/** What one wants to know first: is it running, what happens, what waits for me. */
export function NowPage() {
  const { roles } = useMe()
  const permission = usePermissions()
  const reads = permission('status.read').may
  const { data: status, error } = useQuery({ ...statusQuery, enabled: reads })
  return (
    <Page title="Now" summary={status === undefined ? undefined : <Health status={status} />}>
      {roles.length === 0 && (
        <EmptyState title="You hold no role yet">
          Somebody who runs this installation gives you one; what you may see and do then appears here.
        </EmptyState>
      )}
      {error !== null && <ProblemNote problem={error} />}
      <Attention status={status} />
      {permission('approvals.read').may && <WaitingApprovals />}
      {permission('decisions.read').may && <Traffic gatewayUrl={status?.gatewayUrl} />}
      {reads && (
        <div className="grid gap-6 lg:grid-cols-2">
          <Section title="Coverage" note="a harmful request of our own on every way through">
            <Coverage />
          </Section>
          <Section title="Models">
            {status === undefined ? <Skeleton className="h-24" /> : <Models status={status} />}
          </Section>
          <Section title="Ledger">
            {status === undefined ? <Skeleton className="h-24" /> : <Ledger status={status} />}
          </Section>
          <Section title="Installation">
            {status === undefined ? <Skeleton className="h-24" /> : <Installation status={status} />}
          </Section>
        </div>
      )}
    </Page>
  )
}

function Health({ status }: { readonly status: Status }) {
  const { state, conditions } = status.health
  if (state === 'degraded') {
    return (
      <>
        <StateMark state="watch">Degraded</StateMark> · requests are served; {count(conditions.length, 'thing')} should
        be mended
      </>
    )
  }
  return state === 'ready' ? (
    <>
      <StateMark state="holds">Ready</StateMark> · requests are screened, answered and recorded
    </>
  ) : (
    <>
      <StateMark state="fails">Not ready</StateMark> · {status.health.reasons.join('; ')}
    </>
  )
}

function Models({ status }: { readonly status: Status }) {
  if (status.models.length === 0)
    return <EmptyState title="No model">Name one under models in safelevel.yaml.</EmptyState>
  return (
    <ul className="divide-y divide-line border-y border-line">
      {status.models.map(({ name, upstream, surface, sandbox, enforced }) => (
        <li key={`${name} ${surface}`} className="flex items-baseline justify-between gap-4 py-2">
          <span>
            <span className="font-medium">{name}</span>{' '}
            <span className="text-quiet">
              {sandbox ? 'built in; not a real model' : `upstream ${upstream}, surface ${surface}`}
            </span>
          </span>
          {enforced ? (
            <StateMark state="holds">enforced</StateMark>
          ) : (
            <StateMark state="watch">observed only</StateMark>
          )}
        </li>
      ))}
    </ul>
  )
}

function Ledger({ status: { ledger } }: { readonly status: Status }) {
  const state = ledger.health === 'ok' ? 'holds' : ledger.health === 'degraded' ? 'watch' : 'fails'
  return (
    <Facts
      rows={[
        [
          'State',
          <StateMark key="state" state={state}>
            {ledger.health === 'ok' ? 'records and publishes' : (ledger.reason ?? ledger.health)}
          </StateMark>,
        ],
        [
          'Recorded',
          `${count(ledger.size, 'entry', 'entries')}, ${ledger.provenSize.toLocaleString('en')} under the newest checkpoint`,
        ],
        [
          'Witnesses',
          ledger.witnessed ? (
            <StateMark key="w" state="holds">
              {`witnessed by ${ledger.witnesses.by.join(', ')}`}
            </StateMark>
          ) : (
            <StateMark key="w" state="unknown">
              {ledger.witnesses.of === 0
                ? 'unwitnessed: nobody outside cosigns its checkpoints'
                : 'unwitnessed: fewer witnesses cosign than the trust policy asks for'}
            </StateMark>
          ),
        ],
        ['Name', <Code key="name">{ledger.origin}</Code>],
      ]}
    />
  )
}

function Installation({ status }: { readonly status: Status }) {
  return (
    <Facts
      rows={[
        ['Organisation', status.name],
        [
          'Policy',
          <>
            version {status.policy.version} <Code>{`${status.policy.digest.slice(0, 16)}…`}</Code>
          </>,
        ],
        ['Screening', status.classifier],
        ['Gateway', <Code key="gateway">{status.gatewayUrl}</Code>],
        ['Store', status.store === 'embedded' ? 'embedded PostgreSQL' : 'PostgreSQL'],
        ['Running', `version ${status.version}, for ${span(status.uptimeSeconds * 1_000) ?? 'less than a minute'}`],
      ]}
    />
  )
}
