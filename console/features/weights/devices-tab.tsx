import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { NewWeightsDevice, WeightsDevice, WeightsEnvironment } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { CopyText } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { EmptyState, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { type State, StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { AttestDialog } from './attest-dialog.tsx'
import { DeviceMark } from './marks.tsx'
import { devicesQuery, environmentsQuery, useWeightsChanged } from './queries.ts'

/** Which hosts may ask for weights, and which clusters may hold them. */
export function DevicesTab() {
  return (
    <div className="flex flex-col gap-6">
      <Devices />
      <Environments />
    </div>
  )
}

function Devices() {
  const { sort } = useSearch({ from: '/shell/weights' })
  const navigate = useNavigate({ from: '/weights' })
  const { data, error } = useQuery(devicesQuery)
  const { may } = usePermissions()('weights.request')
  const [adding, setAdding] = useState(false)
  return (
    <Section title="Devices" actions={may && <Button onClick={() => setAdding(true)}>Register a device</Button>}>
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Devices"
        rows={data ?? (error === null ? undefined : [])}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        href={({ id }) => `/weights/devices/${id}`}
        sort={sort}
        onSort={(next) => navigate({ search: { tab: 'devices', sort: next } })}
        empty={
          <EmptyState
            title="No device is registered"
            action={<CopyText label="command" text="safelevel vault device init" />}
          >
            Weights are opened from hosts that are known by a key of their own. Run this on the host, register the
            public key that it prints, and have somebody else let it in.
          </EmptyState>
        }
      />
      {adding && <RegisterDialog onClose={() => setAdding(false)} />}
    </Section>
  )
}

const COLUMNS: readonly Column<WeightsDevice>[] = [
  { id: 'name', header: 'Device', value: ({ name }) => name, cell: ({ name }) => name },
  { id: 'state', header: 'State', value: ({ state }) => state, cell: ({ state }) => <DeviceMark state={state} /> },
  { id: 'host', header: 'Host', wide: true, value: ({ host }) => host, cell: ({ host }) => host },
  {
    id: 'person',
    header: 'Whose',
    value: ({ personId }) => personId,
    cell: ({ personId, environment }) => (
      <>
        <PersonName id={personId} />
        {environment !== null && <span className="text-quiet">, for {environment}</span>}
      </>
    ),
  },
  {
    id: 'expiresAt',
    header: 'Until',
    numeric: true,
    value: ({ expiresAt }) => expiresAt,
    cell: ({ expiresAt, state }) =>
      expiresAt === null || state !== 'approved' ? <span className="text-quiet">none</span> : <When at={expiresAt} />,
  },
]

/** Puts the public key of a host on record; others let it in. */
function RegisterDialog({ onClose }: { onClose(): void }) {
  const [name, setName] = useState('')
  const [environment, setEnvironment] = useState('')
  const [key, setKey] = useState('')
  const { data: environments = [] } = useQuery(environmentsQuery)
  const changed = useWeightsChanged()
  const navigate = useNavigate()
  const publicJwk = jwkOf(key)
  const register = useMutation({
    mutationFn: async () => {
      if (publicJwk === null) throw new Error('registered without a key')
      const about = environment === '' ? { kind: 'person' as const } : { kind: 'environment' as const, environment }
      return await withFreshKey(() =>
        call('POST /api/v1/weights/devices', { body: { name: name.trim(), publicJwk, ...about } }),
      )
    },
    onSuccess: async ({ id }) => {
      onClose()
      await changed('Registered', 'It opens nothing until others have let it in.')
      await navigate({ to: '/weights/devices/$id', params: { id } })
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title="Register a device"
      description="Its public key, as `safelevel vault device init` prints it on the host. The private one stays there."
      submit="Register it"
      busy={register.isPending}
      ready={name.trim() !== '' && publicJwk !== null}
      problem={register.error}
      onSubmit={() => register.mutate()}
    >
      <TextField label="Name" value={name} onChange={setName} maxLength={80} placeholder="workstation-7" />
      <SelectField
        label="Stands for"
        value={environment}
        onChange={setEnvironment}
        choices={[
          { value: '', label: 'a host on which I work' },
          ...environments
            .filter(({ state }) => state === 'attested')
            .map((one) => ({ value: one.name, label: `environment ${one.name}` })),
        ]}
      />
      <TextArea
        label="Public key (JWK)"
        value={key}
        onChange={setKey}
        placeholder='{"kty":"OKP","crv":"Ed25519","x":"…"}'
        error={key.trim() !== '' && publicJwk === null ? 'a public key as JSON' : null}
      />
    </FormDialog>
  )
}

function jwkOf(text: string): NewWeightsDevice['publicJwk'] | null {
  try {
    const read: unknown = JSON.parse(text)
    return typeof read === 'object' && read !== null && 'kty' in read ? (read as NewWeightsDevice['publicJwk']) : null
  } catch {
    return null
  }
}

const ENVIRONMENTS: Record<WeightsEnvironment['state'], readonly [State, string]> = {
  attested: ['holds', 'attested'],
  revoked: ['fails', 'revoked'],
  expired: ['unknown', 'expired'],
}

function Environments() {
  const { data, error } = useQuery(environmentsQuery)
  const { may } = usePermissions()('weights.unlock')
  const [attesting, setAttesting] = useState(false)
  return (
    <Section
      title="Environments"
      note="where no sandbox of ours can be"
      actions={may && <Button onClick={() => setAttesting(true)}>Attest an environment</Button>}
    >
      {error !== null && <ProblemNote problem={error} />}
      {data?.length === 0 ? (
        <EmptyState title="No environment is attested">
          A training cluster or a GPU server works with plaintext. Two people attest how it is set up, up to where the
          plaintext is protected and where it is not, for 90 days at most; then a device can stand for it.
        </EmptyState>
      ) : (
        <ul className="divide-y divide-line border-y border-line">
          {data?.map((one) => {
            const [mark, words] = ENVIRONMENTS[one.state]
            return (
              <li key={one.name} className="flex flex-col gap-1 py-2">
                <span className="flex flex-wrap items-baseline gap-x-4">
                  <span className="font-medium">{one.name}</span>
                  <StateMark state={mark}>{words}</StateMark>
                  <span className="grow text-quiet">{one.kind}</span>
                  <span>
                    until <When at={one.expiresAt} />
                  </span>
                </span>
                <span className="text-quiet">{one.boundary}</span>
                <details>
                  <summary className="cursor-pointer text-quiet">
                    {count(Object.keys(one.settings).length, 'setting')}, looked at by{' '}
                    {one.attestedBy.map((id, i) => (
                      <span key={id}>
                        {i > 0 && ' and '}
                        <PersonName id={id} />
                      </span>
                    ))}
                  </summary>
                  <ul className="mt-1">
                    {Object.entries(one.settings).map(([setting, value]) => (
                      <li key={setting}>
                        <code>{setting}</code>: {String(value)}
                      </li>
                    ))}
                  </ul>
                </details>
              </li>
            )
          })}
        </ul>
      )}
      {attesting && <AttestDialog onClose={() => setAttesting(false)} />}
    </Section>
  )
}
