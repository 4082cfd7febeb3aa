import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { ControlReportSummary, Role } from '../../app/api/schema.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { buttonLook } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { Page, Section } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { History } from '../ledger/history.tsx'
import { PersonName } from '../people/person-name.tsx'
import { rolesInForce, usePeople } from '../people/queries.ts'
import { roleName } from '../people/role-names.ts'
import { quarterName } from '../transparency/numbers.tsx'
import { reportsQuery } from './queries.ts'
import { REPORT_STATES } from './report-words.ts'

interface FrameProps {
  readonly report: ControlReportSummary
  readonly actions: ReactNode
  /** What is in it, to go to: identifier and title. */
  readonly contents: readonly { readonly id: string; readonly title: string }[]
  /** How it stands, above everything. */
  readonly standing: ReactNode
  readonly children: ReactNode
}

/** What every report's page has: its state, the people whom it takes, and its history. */
export function ReportFrame({ report, actions, contents, standing, children }: FrameProps) {
  const { title, quarter, edition, state, compiledAt } = report
  const [mark, word] = REPORT_STATES[state]
  return (
    <Page
      title={`${title}, ${quarterName(quarter)}`}
      summary={
        <>
          <StateMark state={mark}>{word}</StateMark> · edition {edition}, compiled <When at={compiledAt} />
        </>
      }
      actions={
        <>
          <AppLink href="/controls/reports" className={buttonLook()}>
            All reports
          </AppLink>
          {actions}
        </>
      }
    >
      <Newer report={report} />
      {standing}
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-6">{children}</div>
        <div className="flex min-w-0 flex-col gap-6 max-lg:order-first">
          {contents.length > 0 && (
            <Section title="In it">
              <ul className="flex flex-col gap-1">
                {contents.map(({ id, title: of }) => (
                  <li key={id}>
                    <a href={`#${id}`} className={INLINE_LINK}>
                      {of}
                    </a>
                  </li>
                ))}
              </ul>
            </Section>
          )}
          <Section title="About it">
            <About report={report} />
          </Section>
        </div>
      </div>
      <History id={report.id} />
    </Page>
  )
}

/** Nothing changes in what was signed: what is to be said otherwise stands in the next edition. */
function Newer({ report }: { readonly report: ControlReportSummary }) {
  const { data = [] } = useQuery(reportsQuery)
  const [newest] = data
    .filter((one) => one.kind === report.kind && one.quarter === report.quarter)
    .toSorted((a, b) => b.edition - a.edition)
  if (newest === undefined || newest.edition <= report.edition) return null
  return (
    <p className="rounded-md border border-watch bg-watch-soft p-3">
      <StateMark state="watch">There is a newer edition</StateMark>:{' '}
      <AppLink href={`/controls/reports/${newest.id}`} className={INLINE_LINK}>
        edition {newest.edition}
      </AppLink>
      .
    </p>
  )
}

function About({ report }: { readonly report: ControlReportSummary }) {
  const { from, until, signers, recipients, receipts, signature, redactions } = report
  return (
    <dl className="flex flex-col gap-3">
      <Fact name="Covers">
        {/* Quarters begin and end at midnight UTC, wherever this is read. */}
        {from.slice(0, 10)} to {until.slice(0, 10)}
      </Fact>
      <Fact name={signature === null ? 'To be signed by' : 'Signed by'}>
        {signature === null ? (
          signers.map((role, i) => (
            <span key={role} className="block">
              {i > 0 && 'or '}
              {roleName(role)} <Holders role={role} />
            </span>
          ))
        ) : (
          <>
            <PersonName id={signature.by} link />, {roleName(signature.role)}, <When at={signature.at} />
          </>
        )}
      </Fact>
      <Fact name="To be opened by">
        {recipients.map((role) => {
          const receipt = receipts.find((one) => one.role === role)
          return (
            <span key={role} className="block">
              {roleName(role)}{' '}
              {receipt === undefined ? (
                <Holders role={role} />
              ) : (
                <StateMark state="holds">
                  opened by <PersonName id={receipt.by} /> <When at={receipt.at} />
                </StateMark>
              )}
            </span>
          )
        })}
      </Fact>
      <Fact name="Public edition">
        {report.public ? (redactions === 1 ? '1 redaction' : `${redactions} redactions`) : 'none: it stays inside'}
      </Fact>
      {signature !== null && (
        <Fact name="SHA-256 of what was signed">
          <Code>{signature.digest}</Code>
        </Fact>
      )}
    </dl>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt className="text-quiet">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  )
}

/** Who could, by name; for those who may know. */
function Holders({ role }: { readonly role: Role }) {
  const people = usePeople()
  if (people.size === 0) return null
  const names = [...people.values()]
    .filter((person) => person.active && rolesInForce(person).includes(role))
    .map(({ displayName }) => displayName)
  return <span className="text-quiet">{names.length === 0 ? '(nobody holds it)' : `(${names.join(', ')})`}</span>
}
