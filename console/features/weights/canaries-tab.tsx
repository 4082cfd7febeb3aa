import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { WeightsCanary, WeightsCanaryDrill } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { EmptyState, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { canariesQuery, useWeightsChanged } from './queries.ts'
import { bytesOf } from './words.ts'

/** Decoys that nobody has a reason to touch, and whether their alarm goes off. */
export function CanariesTab() {
  const may = usePermissions()
  const sees = may('weights.see_canaries').may
  const plants = may('weights.canary').may
  const { data, error } = useQuery({ ...canariesQuery, enabled: sees })
  const [planting, setPlanting] = useState<'model' | 'file' | null>(null)
  const changed = useWeightsChanged()
  const drill = useMutation({
    mutationFn: () => withFreshKey(() => call('POST /api/v1/weights/canaries/drills')),
    onSuccess: () => changed(),
  })
  return (
    <Section
      title="Canaries"
      note="listed for the CISO alone: the others are whom they watch"
      actions={
        <div className="flex flex-wrap gap-2">
          {data !== undefined && data.length > 0 && (
            <Button busy={drill.isPending} onClick={() => drill.mutate()}>
              Try every alarm
            </Button>
          )}
          {plants && (
            <>
              <Button onClick={() => setPlanting('file')}>Plant a file</Button>
              <Button onClick={() => setPlanting('model')}>Plant a model</Button>
            </>
          )}
        </div>
      }
    >
      {error !== null && <ProblemNote problem={error} />}
      {drill.error !== null && <ProblemNote problem={drill.error} />}
      {drill.data !== undefined && <Drill result={drill.data} />}
      {sees ? (
        <Table
          label="Canaries"
          rows={data ?? (error === null ? undefined : [])}
          columns={COLUMNS}
          rowKey={({ id }) => id}
          empty={
            <EmptyState title="No canary is planted">
              A canary is a version, or a file within one, of random weights that looks like any other. Nobody’s work
              leads to it: who asks for it or reads it raises an alarm, and is told nothing.
            </EmptyState>
          }
        />
      ) : (
        <EmptyState title="You may plant canaries, and not see them">
          Once planted, a canary is known to the CISO and to nobody who might open it by chance: not to you either.
        </EmptyState>
      )}
      {planting !== null && <PlantDialog what={planting} onClose={() => setPlanting(null)} />}
    </Section>
  )
}

const COLUMNS: readonly Column<WeightsCanary>[] = [
  {
    id: 'where',
    header: 'Where',
    value: ({ version, path }) => `${version} ${path ?? ''}`,
    cell: ({ version, path }) => (
      <>
        {version}
        <span className="block break-all text-quiet">{path ?? 'the whole version'}</span>
      </>
    ),
  },
  {
    id: 'touches',
    header: 'Touched',
    value: ({ touches }) => touches,
    cell: ({ touches, lastTouchedAt }) =>
      lastTouchedAt === null ? (
        <StateMark state="holds">never</StateMark>
      ) : (
        <StateMark state="fails">
          {count(touches, 'time')}, last <When at={lastTouchedAt} />
        </StateMark>
      ),
  },
  {
    id: 'drilledAt',
    header: 'Alarm tried',
    numeric: true,
    wide: true,
    value: ({ drilledAt }) => drilledAt,
    cell: ({ drilledAt }) => (drilledAt === null ? <span className="text-quiet">never</span> : <When at={drilledAt} />),
  },
  {
    id: 'plantedAt',
    header: 'Planted',
    numeric: true,
    wide: true,
    value: ({ plantedAt }) => plantedAt,
    cell: ({ plantedAt }) => <When at={plantedAt} />,
  },
]

function Drill({ result }: { readonly result: WeightsCanaryDrill }) {
  const silent = result.items.filter(({ ok }) => !ok)
  return (
    <div className="flex flex-col gap-1 rounded-md border border-line bg-sunken p-3">
      <StateMark state={silent.length === 0 ? 'holds' : 'fails'}>
        {silent.length === 0
          ? result.items.length === 1
            ? 'Its alarm went off'
            : `All ${result.items.length} alarms went off`
          : `${silent.length} of ${result.items.length} are not as they should be`}
      </StateMark>
      {silent.map(({ canary, says }) => (
        <p key={canary}>
          <code>{canary}</code>: {says}
        </p>
      ))}
    </div>
  )
}

function PlantDialog({ what, onClose }: { readonly what: 'model' | 'file'; onClose(): void }) {
  const [version, setVersion] = useState('')
  const [path, setPath] = useState('')
  const [size, setSize] = useState('')
  const changed = useWeightsChanged()
  const [model = '', name = ''] = version.trim().split('/')
  const sizeBytes = bytesOf(size)
  const plant = useMutation({
    mutationFn: () =>
      withFreshKey(() =>
        what === 'model'
          ? call('POST /api/v1/weights/canaries/models', { body: { model, version: name, sizeBytes: sizeBytes ?? 0 } })
          : call('POST /api/v1/weights/canaries/files', {
              body: { version: version.trim(), path: path.trim(), sizeBytes: sizeBytes ?? 0 },
            }),
      ),
    onSuccess: async () => {
      onClose()
      await changed('Planted')
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title={what === 'model' ? 'Plant a model' : 'Plant a file'}
      description="Random weights under a name that somebody who looks around would open. Choose one that is like yours."
      submit="Plant it"
      busy={plant.isPending}
      ready={model !== '' && name !== '' && sizeBytes !== null && (what === 'model' || path.trim() !== '')}
      problem={plant.error}
      onSubmit={() => plant.mutate()}
    >
      <TextField
        label={what === 'model' ? 'As version' : 'In version'}
        value={version}
        onChange={setVersion}
        placeholder="model/version"
      />
      {what === 'file' && (
        <TextField label="As file" value={path} onChange={setPath} placeholder="optimizer/state-00001.safetensors" />
      )}
      <TextField
        label="Size"
        value={size}
        onChange={setSize}
        placeholder="100 MB"
        hint="It takes as much room in the store."
      />
    </FormDialog>
  )
}
