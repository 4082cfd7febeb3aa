import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { LedgerEntry } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { buttonLook } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { EmptyState, Page, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Filter } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { Actor } from './actor.tsx'
import { checkpointQuery, stretchQuery } from './queries.ts'

const LENGTH = 100

const COLUMNS: readonly Column<LedgerEntry>[] = [
  {
    id: 'position',
    header: 'Entry',
    value: (e) => e.position,
    cell: (e) => <span className="whitespace-nowrap">{e.position.toLocaleString('en')}</span>,
  },
  {
    id: 'kind',
    header: 'What',
    value: (e) => e.event?.kind ?? null,
    cell: (e) => e.event?.kind ?? <StateMark state="unknown">erased</StateMark>,
  },
  {
    id: 'subject',
    header: 'About',
    wide: true,
    value: (e) => e.event?.subject.id ?? null,
    cell: (e) =>
      e.event !== null && (
        <>
          <span className="text-quiet">{e.event.subject.type}</span> <Code>{e.event.subject.id}</Code>
        </>
      ),
  },
  {
    id: 'actor',
    header: 'By',
    wide: true,
    value: (e) => e.event?.actor.id ?? null,
    cell: (e) => e.event !== null && <Actor actor={e.event.actor} />,
  },
  { id: 'at', header: 'Recorded', numeric: true, value: (e) => e.recordedAt, cell: (e) => <When at={e.recordedAt} /> },
]

/** What happened, in the order in which it was recorded; nothing is edited, nothing is taken out unseen. */
export function LedgerPage() {
  const { to, kind } = useSearch({ from: '/shell/ledger' })
  const navigate = useNavigate({ from: '/ledger' })
  const { data, error } = useQuery(stretchQuery(to ?? null, LENGTH))
  const rows = data?.entries.filter((entry) => kind === undefined || entry.event?.kind === kind)
  const kinds = [
    ...new Set([
      ...(data?.entries ?? []).flatMap(({ event }) => event?.kind ?? []),
      ...(kind === undefined ? [] : [kind]),
    ]),
  ].sort()
  return (
    <Page
      title="Ledger"
      summary={data === undefined ? 'what happened, provably' : count(data.size, 'entry', 'entries')}
      actions={<Steps />}
    >
      {error !== null && <ProblemNote problem={error} />}
      <Table
        label="Ledger entries"
        rows={error === null ? rows : (rows ?? [])}
        columns={COLUMNS}
        rowKey={({ position }) => String(position)}
        href={({ position }) => `/ledger/${position}`}
        filters={
          <Filter
            label="What"
            value={kind ?? 'any'}
            onChange={(next) =>
              navigate({ search: { ...(to === undefined ? {} : { to }), ...(next === 'any' ? {} : { kind: next }) } })
            }
            choices={[{ value: 'any', label: 'anything' }, ...kinds.map((value) => ({ value, label: value }))]}
          />
        }
        empty={
          <EmptyState title={kind === undefined ? 'Nothing recorded yet' : `No ${kind} in these entries`}>
            Every decision, grant, sign-in and change becomes an entry here. The filter looks at the {LENGTH} entries
            shown; go on to older ones for more.
          </EmptyState>
        }
      />
      <Checkpoint />
    </Page>
  )
}

/** To older and newer entries. */
function Steps() {
  const { to, kind } = useSearch({ from: '/shell/ledger' })
  const { data } = useQuery(stretchQuery(to ?? null, LENGTH))
  const newest = data?.entries[0]?.position
  if (data === undefined || newest === undefined) return null
  const link = (end: number) => `/ledger?to=${end}${kind === undefined ? '' : `&kind=${encodeURIComponent(kind)}`}`
  return (
    <>
      {newest < data.size - 1 && (
        <AppLink href={newest + LENGTH >= data.size - 1 ? '/ledger' : link(newest + LENGTH)} className={buttonLook()}>
          Newer
        </AppLink>
      )}
      {newest - LENGTH >= 0 && (
        <AppLink href={link(newest - LENGTH)} className={buttonLook()}>
          Older
        </AppLink>
      )}
    </>
  )
}

function Checkpoint() {
  const { data } = useQuery(checkpointQuery)
  if (data === undefined) return null
  return (
    <Section title="Newest checkpoint" note="a signed note: name, size, root hash, signature">
      <pre className="rounded-md border border-line bg-sunken p-2 break-all whitespace-pre-wrap">{data}</pre>
      <p className="text-quiet">
        Check it and everything below it yourself: <code>npx safelevel ledger verify</code>
      </p>
    </Section>
  )
}
