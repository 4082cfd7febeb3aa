import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { ApprovalView, EnforcementAction } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { EmptyState } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { Seats } from '../approvals/seats.tsx'
import { Actor } from '../ledger/actor.tsx'
import { useLiftsWaiting } from './queries.ts'
import { useChanged } from './use-changed.ts'
import { actionState, inPoints, points, REASONS, STEP_WORDS } from './words.ts'

/** What was done to somebody, by whom and why; each that holds can be asked to be lifted. */
export function ActionTable({ actions }: { readonly actions: readonly EnforcementAction[] }) {
  const [lifting, setLifting] = useState<EnforcementAction | null>(null)
  const waiting = useLiftsWaiting()
  const permission = usePermissions()
  const changed = useChanged()
  const mayLift = permission('accounts.reinstate').may
  const columns: Column<EnforcementAction>[] = [
    {
      id: 'step',
      header: 'Step',
      value: (a) => a.step,
      cell: (a) => <span className="font-medium whitespace-nowrap">{STEP_WORDS[a.step][1]}</span>,
    },
    { id: 'why', header: 'Why', value: (a) => a.reason, cell: (a) => <Why action={a} /> },
    { id: 'by', header: 'By', wide: true, value: (a) => a.by.id, cell: (a) => <By action={a} /> },
    {
      id: 'at',
      header: 'Taken',
      wide: true,
      value: (a) => a.startedAt,
      cell: (a) => <When at={a.startedAt} />,
    },
    {
      id: 'state',
      header: 'State',
      value: (a) => actionState(a)[1],
      cell: (a) => <ActionState action={a} approval={waiting.get(a.id)} />,
    },
    {
      id: 'lift',
      header: 'Lift',
      numeric: true,
      cell: (a) =>
        mayLift &&
        a.ended === null &&
        !waiting.has(a.id) && (
          <Button small onClick={() => setLifting(a)}>
            Ask to lift
          </Button>
        ),
    },
  ]
  const approvals = actions.flatMap(({ id }) => waiting.get(id) ?? [])
  return (
    <>
      {approvals.map((approval) => (
        <Waiting key={approval.id} approval={approval} />
      ))}
      <Table
        label="Actions"
        exports={actions.length > 5}
        rows={actions}
        columns={mayLift ? columns : columns.slice(0, -1)}
        rowKey={({ id }) => id}
        empty={
          <EmptyState title="Nothing was ever done here">
            When strikes add up a step is taken by itself, up to the one that the settings allow; a person may take any.
          </EmptyState>
        }
      />
      <ConfirmDialog
        open={lifting !== null}
        onOpenChange={() => setLifting(null)}
        title="Ask for it to be lifted?"
        look="primary"
        effects={[
          'A second analyst, RSO, CISO or CEO must agree; until then it holds.',
          lifting?.source === 'automatic'
            ? 'The other steps of the ladder end with it, and the strikes before it are forgiven.'
            : 'It alone ends; other actions and the strikes stay.',
        ]}
        confirm="Ask for it"
        reasonLabel="Reason"
        onConfirm={async (reason) => {
          if (lifting === null) return
          await withFreshKey(() =>
            call('POST /api/v1/enforcement/actions/{id}/reinstatement', {
              params: { id: lifting.id },
              body: { reason },
            }),
          )
          await changed('Asked for', 'It waits for a second person.')
        }}
      />
    </>
  )
}

/** A request to lift is a state of its own: who asked, and who can agree. */
function Waiting({ approval }: { readonly approval: ApprovalView }) {
  return (
    <div className="flex flex-col gap-2 rounded-md border border-watch bg-watch-soft p-3">
      <div className="flex flex-wrap items-baseline justify-between gap-3">
        <p>
          <StateMark state="watch">Waits for a second person</StateMark> to be lifted; asked{' '}
          <When at={approval.requestedAt} />.
        </p>
        <AppLink href={`/approvals/${approval.id}`} className={INLINE_LINK}>
          The request
        </AppLink>
      </div>
      <Seats approval={approval} />
    </div>
  )
}

export function Why({ action }: { readonly action: EnforcementAction }) {
  const { reason, clause, label, decisionId, points: reached, threshold, note, models } = action
  return (
    <>
      {REASONS[reason]}
      {clause !== null && <span className="text-quiet"> · clause {clause}</span>}
      {label !== null && <span className="text-quiet"> · {label.replaceAll('_', ' ')}</span>}
      {reached !== null && threshold !== null && (
        <span className="block text-quiet">
          {inPoints(reached)}, from {points(threshold)} on
        </span>
      )}
      {models !== null && <span className="block text-quiet">open: {models.join(', ')}</span>}
      {note !== null && <span className="block text-quiet">“{note}”</span>}
      {decisionId !== null && (
        <AppLink href={`/decisions/${decisionId}`} className={`${INLINE_LINK} block`}>
          the decision
        </AppLink>
      )}
    </>
  )
}

export function By({ action: { source, by } }: { readonly action: EnforcementAction }) {
  return source === 'automatic' ? <span className="text-quiet">the ladder</span> : <Actor actor={by} />
}

export function ActionState({
  action,
  approval,
}: {
  readonly action: EnforcementAction
  readonly approval: ApprovalView | undefined
}) {
  const { ended, until } = action
  const [state, words] = actionState(action)
  return (
    <>
      <StateMark state={state}>{words}</StateMark>
      {ended === null && (
        <span className="block text-quiet">
          {until === null ? (
            'until it is lifted'
          ) : (
            <>
              runs out <When at={until} />
            </>
          )}
        </span>
      )}
      {ended === null && approval !== undefined && <span className="block text-quiet">asked to be lifted</span>}
      {ended !== null && (
        <span className="block text-quiet">
          <When at={ended.at} />
          {ended.authority !== null && (
            <>
              {' '}
              by <Authority id={ended.authority} />
            </>
          )}
        </span>
      )}
    </>
  )
}

/** The approval, appeal or case that ended or undid something. */
export function Authority({ id }: { readonly id: string }) {
  const places = { apr_: ['/approvals/', 'approval'], apl_: ['/appeals/', 'appeal'] } as const
  const place = id.startsWith('apr_') ? places.apr_ : id.startsWith('apl_') ? places.apl_ : null
  if (place === null) return <span title={id}>{id}</span>
  return (
    <AppLink href={`${place[0]}${id}`} className={INLINE_LINK}>
      {place[1]}
    </AppLink>
  )
}
