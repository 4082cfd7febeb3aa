import { useMutation, useQuery } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'
import type { WeightsCampaign } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { useMe, usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { EmptyState, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { type State, StateMark } from '../../components/state-mark.tsx'
import { day, When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { campaignsQuery, copiesQuery, devicesQuery, useWeightsChanged } from './queries.ts'

type Item = WeightsCampaign['items'][number]

const STATES: Record<Item['state'], readonly [State, string]> = {
  open: ['watch', 'waits'],
  confirmed: ['holds', 'still needed'],
  revoked: ['fails', 'revoked'],
  gone: ['unknown', 'ended meanwhile'],
}

/** What stands is asked about again, and what nobody confirms is revoked. */
export function RecertificationTab() {
  const { data, error } = useQuery(campaignsQuery)
  const { may } = usePermissions()('weights.recertify')
  const changed = useWeightsChanged()
  const start = useMutation({
    mutationFn: () => withFreshKey(() => call('POST /api/v1/weights/campaigns')),
    onSuccess: ({ dueAt }) => changed('Begun', `What nobody has confirmed by ${day(dueAt)} is revoked.`),
  })
  const isOpen = data?.some(({ state }) => state === 'open') === true
  return (
    <Section
      title="Recertification"
      note="devices, environments, standing grants, copies"
      actions={
        may &&
        !isOpen && (
          <Button busy={start.isPending} onClick={() => start.mutate()}>
            Begin one now
          </Button>
        )
      }
    >
      {error !== null && <ProblemNote problem={error} />}
      {start.error !== null && <ProblemNote problem={start.error} />}
      {data?.length === 0 ? (
        <EmptyState title="Nothing was asked about yet">
          Every few months each device, environment, standing grant and copy must be confirmed by somebody else than its
          owner until a due day. What nobody confirms is revoked then, by itself.
        </EmptyState>
      ) : (
        data?.map((campaign) => <Campaign key={campaign.id} campaign={campaign} />)
      )}
    </Section>
  )
}

function Campaign({ campaign }: { readonly campaign: WeightsCampaign }) {
  const { items, state, dueAt, closedAt, startedAt } = campaign
  const waiting = items.filter((item) => item.state === 'open').length
  const revoked = items.filter((item) => item.state === 'revoked').length
  return (
    <details open={state === 'open'} className="flex flex-col border-t border-line py-2">
      <summary className="cursor-pointer">
        <StateMark state={state === 'open' ? 'watch' : 'holds'}>
          {state === 'open'
            ? `${waiting} of ${items.length} wait, until ${day(dueAt)}`
            : `${items.length - revoked} of ${items.length} stood, ${revoked} revoked`}
        </StateMark>{' '}
        <span className="text-quiet">
          begun <When at={startedAt} />
          {closedAt !== null && (
            <>
              , closed <When at={closedAt} />
            </>
          )}
        </span>
      </summary>
      <ul className="mt-2 divide-y divide-line border-y border-line">
        {items.map((item) => (
          <Row key={`${item.type} ${item.id}`} campaign={campaign} item={item} />
        ))}
      </ul>
    </details>
  )
}

function Row({ campaign, item }: { readonly campaign: WeightsCampaign; readonly item: Item }) {
  const { person } = useMe()
  const { may } = usePermissions()('weights.recertify')
  const changed = useWeightsChanged()
  const confirm = useMutation({
    mutationFn: () => {
      const body = { type: item.type, id: item.id }
      return withFreshKey(() =>
        call('POST /api/v1/weights/campaigns/{id}/confirmations', { params: { id: campaign.id }, body }),
      )
    },
    onSuccess: () => changed('Confirmed'),
  })
  const [state, words] = STATES[item.state]
  return (
    <li className="flex flex-wrap items-baseline gap-x-4 gap-y-1 py-1.5">
      <span className="w-24 text-quiet">{item.type}</span>
      <span className="grow">
        <ItemName item={item} />, of <PersonName id={item.owner} />
      </span>
      <StateMark state={state}>{words}</StateMark>
      {item.by !== null && item.state === 'confirmed' && (
        <span className="text-quiet">
          by <PersonName id={item.by} />
        </span>
      )}
      {may && item.state === 'open' && campaign.state === 'open' && item.owner !== person.id && (
        <Button small busy={confirm.isPending} onClick={() => confirm.mutate()}>
          It is still needed
        </Button>
      )}
      {confirm.error !== null && <ProblemNote problem={confirm.error} className="w-full" />}
    </li>
  )
}

function ItemName({ item: { type, id } }: { readonly item: Item }) {
  const { data: devices = [] } = useQuery(devicesQuery)
  const { data: copies = [] } = useQuery(copiesQuery)
  if (type === 'device')
    return (
      <AppLink href={`/weights/devices/${id}`} inline>
        {devices.find((one) => one.id === id)?.name ?? id}
      </AppLink>
    )
  if (type === 'grant')
    return (
      <AppLink href={`/weights/grants/${id}`} inline>
        {id}
      </AppLink>
    )
  const copy = copies.find((one) => one.id === id)
  return <>{copy === undefined ? id : `${copy.version} at ${copy.place}`}</>
}
