import { useInfiniteQuery, useMutation, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { callFile } from '../../app/api/client.ts'
import type { VaultFile, VaultVersion } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { download } from '../../components/export.ts'
import { Icon } from '../../components/icons.tsx'
import { EmptyState, Facts, Page, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { Actor } from '../ledger/actor.tsx'
import { History } from '../ledger/history.tsx'
import { PersonName } from '../people/person-name.tsx'
import { AskDialog } from './ask-dialog.tsx'
import { CopyList } from './copies-tab.tsx'
import { EraseDialog } from './erase-dialog.tsx'
import { GRANT_COLUMNS } from './grants-tab.tsx'
import { LockDialog } from './lock-dialog.tsx'
import { Locks } from './locks.tsx'
import { copiesQuery, coverageQuery, filesQuery, grantsQuery, locksQuery, versionQuery } from './queries.ts'
import { ShareBar } from './share-bar.tsx'
import { bytes } from './words.ts'

/** One version in the vault: its files, who may open them, who has, and where copies lie. */
export function VersionPage() {
  const { model, version: name } = useParams({ from: '/shell/weights/versions/$model/$version' })
  const { data: version } = useSuspenseQuery(versionQuery(model, name))
  const { data: locks = [] } = useQuery(locksQuery)
  const here = locks.filter((lock) => lock.model === null || lock.model === model)
  return (
    <Page
      title={version.id}
      summary={
        <>
          {version.state === 'erased' ? (
            <StateMark state="unknown">erased: nobody can ever open it again</StateMark>
          ) : here.length > 0 ? (
            <StateMark state="fails">locked</StateMark>
          ) : (
            <StateMark state="holds">sealed</StateMark>
          )}{' '}
          · {bytes(version.sizeBytes)} in {count(version.fileCount, 'file')}
        </>
      }
      actions={<Actions version={version} />}
    >
      <Locks locks={here} />
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="flex min-w-0 flex-col gap-6">
          <Grants version={version} />
          <Files version={version} />
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <Section title="Who has read how much" note="ever, by blocks of the files">
            <Coverage version={version.id} />
          </Section>
          <Section title="About this version">
            <Facts
              rows={[
                [
                  'Put in',
                  <span key="p">
                    <Actor actor={version.by} /> · <When at={version.createdAt} />
                  </span>,
                ],
                ['Manifest, SHA-256', <Code key="m">{version.manifestDigest}</Code>],
                [
                  'Training gate',
                  version.receipt === null ? 'no receipt came with it' : <Code key="r">{version.receipt}</Code>,
                ],
              ]}
            />
          </Section>
          <Copies version={version.id} />
        </div>
      </div>
      <History id={version.id} />
    </Page>
  )
}

function Grants({ version }: { readonly version: VaultVersion }) {
  const { data, error } = useInfiniteQuery(grantsQuery({ model: version.model }))
  const rows = data?.pages.flatMap(({ items }) => items.filter((grant) => grant.version === version.id))
  return (
    <Section title="Who may open it, and who could">
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Grants"
        rows={rows ?? (error === null ? undefined : [])}
        columns={GRANT_COLUMNS.filter(({ id }) => id !== 'version')}
        rowKey={({ id }) => id}
        href={({ id }) => `/weights/grants/${id}`}
        exports={false}
        empty={
          <EmptyState title="Nobody may open it">
            Whoever is given access appears here, and stays when it is over.
          </EmptyState>
        }
      />
    </Section>
  )
}

function Files({ version }: { readonly version: VaultVersion }) {
  const { data, error } = useQuery(filesQuery(version.model, version.version))
  return (
    <Section title="Files">
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label={`Files of ${version.id}`}
        rows={data ?? (error === null ? undefined : [])}
        columns={FILES}
        rowKey={({ path }) => path}
        empty={<EmptyState title="No files">Nothing is left of this version.</EmptyState>}
      />
    </Section>
  )
}

const FILES: readonly Column<VaultFile>[] = [
  {
    id: 'path',
    header: 'Path',
    value: ({ path }) => path,
    cell: ({ path }) => <span className="break-all">{path}</span>,
  },
  {
    id: 'size',
    header: 'Size',
    numeric: true,
    value: ({ sizeBytes }) => sizeBytes,
    cell: ({ sizeBytes }) => <span className="whitespace-nowrap">{bytes(sizeBytes)}</span>,
  },
  {
    id: 'sha256',
    header: 'SHA-256',
    wide: true,
    value: ({ sha256 }) => sha256,
    cell: ({ sha256 }) => <Code>{sha256}</Code>,
  },
]

/** Person by person, a bar each. */
function Coverage({ version }: { readonly version: string }) {
  const { data, error } = useQuery(coverageQuery(version))
  if (error !== null) return <ProblemNote problem={error} />
  if (data === undefined) return <Skeleton className="h-12" />
  if (data.length === 0) return <p className="text-quiet">Nobody has read any of it.</p>
  return (
    <ul className="divide-y divide-line border-y border-line">
      {data
        .toSorted((a, b) => b.bytes - a.bytes)
        .map(({ personId, bytes: read, sizeBytes }) => (
          <li key={personId} className="flex flex-wrap items-baseline justify-between gap-x-4 py-2">
            <PersonName id={personId} link />
            <ShareBar part={read} whole={sizeBytes} alarming />
          </li>
        ))}
    </ul>
  )
}

function Copies({ version }: { readonly version: string }) {
  const { data = [] } = useQuery(copiesQuery)
  const here = data.filter((copy) => copy.version === version)
  return (
    <Section title="Copies outside of the vault">
      {here.length === 0 ? <p className="text-quiet">None is on record.</p> : <CopyList copies={here} />}
    </Section>
  )
}

function Actions({ version }: { readonly version: VaultVersion }) {
  const may = usePermissions()
  const [asking, setAsking] = useState<'access' | 'lock' | 'erase' | null>(null)
  const params = { model: version.model, version: version.version }
  const take = useMutation({
    mutationFn: async (what: 'signature' | 'bom') => {
      const blob =
        what === 'signature'
          ? await callFile('GET /api/v1/weights/versions/{model}/{version}/signature', { params })
          : await callFile('GET /api/v1/weights/versions/{model}/{version}/bom', { params })
      download(
        `${version.id.replace('/', '-')}.${what === 'bom' ? 'cdx' : 'sigstore'}.json`,
        'application/json',
        await blob.text(),
      )
    },
  })
  const close = () => setAsking(null)
  return (
    <>
      {version.state === 'sealed' && (
        <>
          <Button onClick={() => take.mutate('signature')}>
            <Icon name="download" size={14} /> Signature
          </Button>
          <Button onClick={() => take.mutate('bom')}>
            <Icon name="download" size={14} /> Bill of materials
          </Button>
          {may('weights.request').may && <Button onClick={() => setAsking('access')}>Ask for access</Button>}
          {may('weights.rotate').may && (
            <Button look="danger" onClick={() => setAsking('erase')}>
              Erase
            </Button>
          )}
          {may('weights.lock').may && (
            <Button look="danger" onClick={() => setAsking('lock')}>
              Lock {version.model}
            </Button>
          )}
        </>
      )}
      {take.error !== null && <ProblemNote problem={take.error} />}
      {asking === 'access' && <AskDialog version={version.id} onClose={close} />}
      {asking === 'lock' && <LockDialog model={version.model} onClose={close} />}
      {asking === 'erase' && <EraseDialog version={version} onClose={close} />}
    </>
  )
}
