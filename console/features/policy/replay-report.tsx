import type { ReplayReport as Report } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { DirectionChart } from '../../components/chart/direction-chart.tsx'
import { count } from '../../components/count.ts'
import { EmptyState, Section } from '../../components/page.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { exactly } from '../../components/when.tsx'
import { useCustomerNames } from './queries.ts'
import { labelName } from './words.ts'

type Shown = NonNullable<Report>
type Counts = Shown['totals']
type Sample = Shown['samples'][number]

const SHOWN = 12

/** What a draft would have decided otherwise: in numbers, by category, by customer, and with decisions to look at. */
export function ReplayReport({ report, since }: { readonly report: Shown; readonly since: string }) {
  const { decisions, judged, current, draft, refusedNow, refusedThen, totals, byCategory, byCustomer } = report
  const changed = sumOf(totals) > 0
  const revised = totals.newlyRevised ?? 0
  const nameOf = useCustomerNames()
  return (
    <div className="flex flex-col gap-6">
      <div>
        <p className="text-base">
          {count(refusedNow, 'exchange')} refused by {current.version}, {refusedThen.toLocaleString('en')} by{' '}
          {draft.version}: <strong>{totals.newlyRefused.toLocaleString('en')} newly refused</strong>,{' '}
          <strong>{totals.newlyAllowed.toLocaleString('en')} newly allowed</strong>
          {revised > 0 && `, ${revised.toLocaleString('en')} newly revised`}
        </p>
        <p className="text-quiet">
          {count(decisions, 'decision')} since {exactly(since).slice(0, 16)}, {judged.toLocaleString('en')} of them
          judged
          {totals.otherClause > 0 && ` · ${totals.otherClause.toLocaleString('en')} refused under another clause`}
          {totals.newlyFlagged > 0 && ` · ${totals.newlyFlagged.toLocaleString('en')} newly flagged`}
          {totals.noLongerFlagged > 0 && ` · ${totals.noLongerFlagged.toLocaleString('en')} no longer flagged`}
        </p>
      </div>
      {changed ? (
        <>
          <div className="grid gap-6 lg:grid-cols-2">
            <Section title="By category">
              <ChangeChart of="category" rows={byCategory.map(({ label, ...c }) => [labelName(label), c])} />
            </Section>
            <Section title="By customer">
              <ChangeChart of="customer" rows={byCustomer.map(({ organisation, ...c }) => [nameOf(organisation), c])} />
            </Section>
          </div>
          <Samples samples={report.samples} />
        </>
      ) : (
        <EmptyState title="Nothing would have come out otherwise">
          {judged === 0
            ? 'There was no judged traffic in this time, so this says nothing about the draft.'
            : 'By what was recorded, both decide all of this traffic alike.'}
        </EmptyState>
      )}
      <Unknown unknown={report.unknown} />
    </div>
  )
}

function sumOf({
  newlyRefused,
  newlyAllowed,
  newlyRevised = 0,
  otherClause,
  newlyFlagged,
  noLongerFlagged,
}: Counts): number {
  return newlyRefused + newlyAllowed + newlyRevised + otherClause + newlyFlagged + noLongerFlagged
}

interface ChangeChartProps {
  readonly of: string
  readonly rows: readonly (readonly [name: string, counts: Counts])[]
}

export function ChangeChart({ of, rows }: ChangeChartProps) {
  const changed = rows.filter(([, counts]) => sumOf(counts) > 0)
  const [most] = changed
  const both = changed.filter(([, { newlyAllowed, newlyRefused }]) => newlyAllowed + newlyRefused > 0)
  if (most === undefined) return <p className="text-quiet">No difference.</p>
  return (
    <DirectionChart
      summary={`most changed: ${most[0]}, ${most[1].newlyAllowed} newly allowed, ${most[1].newlyRefused} newly refused`}
      less="newly allowed"
      more="newly refused"
      rows={both.slice(0, SHOWN).map(([label, counts]) => ({
        label,
        less: counts.newlyAllowed,
        more: counts.newlyRefused,
      }))}
      sheet={{
        headers: [of, 'newly refused', 'newly allowed', 'newly revised', 'other clause', 'newly flagged', 'flag gone'],
        rows: changed.map(([name, c]) => [
          name,
          c.newlyRefused,
          c.newlyAllowed,
          c.newlyRevised ?? 0,
          c.otherClause,
          c.newlyFlagged,
          c.noLongerFlagged,
        ]),
      }}
    />
  )
}

const CHANGES: Record<Sample['change'], string> = {
  newlyRefused: 'newly refused',
  newlyAllowed: 'newly allowed',
  newlyRevised: 'newly revised',
  otherClause: 'other clause',
}

const COLUMNS: readonly Column<Sample>[] = [
  { id: 'decision', header: 'Decision', value: (s) => s.decision, cell: (s) => <code>{s.decision}</code> },
  { id: 'change', header: 'Change', value: (s) => s.change, cell: (s) => CHANGES[s.change] },
  {
    id: 'label',
    header: 'Category',
    wide: true,
    value: (s) => s.label,
    cell: (s) => (s.label === null ? '–' : labelName(s.label)),
  },
  {
    id: 'side',
    header: 'Side',
    wide: true,
    value: (s) => s.side,
    cell: (s) => (s.side === 'prompt' ? 'prompt' : 'answer'),
  },
  {
    id: 'clauses',
    header: 'Clause',
    value: (s) => `${s.before ?? 'allowed'} -> ${s.after ?? 'allowed'}`,
    cell: (s) => `${s.before ?? 'allowed'} → ${s.after ?? 'allowed'}`,
  },
]

/** Decisions to look at, for those who may. */
function Samples({ samples }: { readonly samples: readonly Sample[] }) {
  const { may } = usePermissions()('decisions.read')
  if (!may)
    return <p className="text-quiet">The decisions behind these numbers are shown to those who may read them.</p>
  return (
    <Section title="For example" note="the first of each kind">
      <Table
        label="Samples of the replay"
        rows={samples}
        columns={COLUMNS}
        rowKey={({ decision, side }) => `${decision} ${side}`}
        href={({ decision }) => `/decisions/${decision}`}
        empty={
          <EmptyState title="No sample">
            Only what is newly refused, allowed or under another clause is kept.
          </EmptyState>
        }
      />
    </Section>
  )
}

function Unknown({ unknown }: Pick<Shown, 'unknown'>) {
  const { floor, belowFloor, decisionsBelowFloor, words, media } = unknown
  const caveats = [
    ...(belowFloor.length === 0
      ? []
      : [
          `Scores below ${floor} were not recorded; a policy acts there on ${belowFloor.map(labelName).join(', ')}: ${count(decisionsBelowFloor, 'decision')} may be touched.`,
        ]),
    ...(words ? ['A policy looks for words, which are not recorded with decisions: what they find is left out.'] : []),
    ...(media > 0 ? [`${count(media, 'decision')} about images or files were taken as they were.`] : []),
  ]
  if (caveats.length === 0) return null
  return (
    <Section title="What this can’t know">
      <ul className="flex max-w-prose flex-col gap-1 text-quiet">
        {caveats.map((caveat) => (
          <li key={caveat}>{caveat}</li>
        ))}
      </ul>
    </Section>
  )
}
