import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { PersonView } from '../../app/api/schema.ts'
import { actionsQuery, permissionOf, useMe } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { EmptyState, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { useToast } from '../../components/toast.tsx'
import { rolesInForce, usePeople } from '../people/queries.ts'
import { Budget } from './exposure.tsx'
import { exposureOfQuery, useRefreshQueue } from './queries.ts'

/** Who reads, and how much of it they were shown today. */
export function ReadersTab() {
  const people = usePeople()
  const { data: actions = [] } = useQuery(actionsQuery)
  const readers = [...people.values()].filter(
    (person) => person.active && permissionOf(actions, rolesInForce(person), 'review.take_part').may,
  )
  if (people.size > 0 && readers.length === 0)
    return (
      <EmptyState title="Nobody reads yet">
        Analysts work the queue. Give the role to somebody on their page, among people.
      </EmptyState>
    )
  return (
    <ul className="divide-y divide-line border-y border-line">
      {readers.map((person) => (
        <Reader key={person.id} person={person} />
      ))}
    </ul>
  )
}

function Reader({ person }: { readonly person: PersonView }) {
  const me = useMe()
  const { data, error } = useQuery(exposureOfQuery(person.id))
  const [allowing, setAllowing] = useState(false)
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-2">
      <span className="w-48 truncate font-medium">{person.displayName}</span>
      {error !== null ? (
        <StateMark state="unknown">budget unknown</StateMark>
      ) : data === undefined ? (
        <Skeleton className="w-64" />
      ) : (
        <Budget exposure={data} />
      )}
      {data?.toAcknowledge === true && <StateMark state="watch">has not agreed to more yet</StateMark>}
      <span className="grow" />
      {person.id !== me.person.id && (
        <Button small onClick={() => setAllowing(true)}>
          Allow more…
        </Button>
      )}
      {allowing && <AllowDialog person={person} onClose={() => setAllowing(false)} />}
    </li>
  )
}

function AllowDialog({ person, onClose }: { readonly person: PersonView; onClose(): void }) {
  const refresh = useRefreshQueue()
  const toast = useToast()
  const [items, setItems] = useState('50')
  const [weight, setWeight] = useState('100')
  const [reason, setReason] = useState('')
  const ready = [items, weight].every((text) => Number(text) >= 1) && reason.trim() !== ''
  const allow = useMutation({
    mutationFn: () => {
      const body = { items: Math.round(Number(items)), weight: Number(weight), reason: reason.trim() }
      return call('POST /api/v1/review/people/{id}/allowance', { params: { id: person.id }, body })
    },
    onSuccess: async () => {
      await refresh()
      toast(`Allowed to ${person.displayName}`, 'It counts once they agree.')
      onClose()
    },
  })
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`More for ${person.displayName} today`}
      description="It counts for today alone, and only once they agree. Both go on the ledger, the reason does not."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" busy={allow.isPending} disabled={!ready} onClick={() => allow.mutate()}>
            Allow it
          </Button>
        </>
      }
    >
      <div className="grid grid-cols-2 gap-4">
        <TextField label="Texts" type="number" min={1} max={1000} value={items} onChange={setItems} />
        <TextField
          label="Weight"
          type="number"
          min={1}
          max={10000}
          value={weight}
          onChange={setWeight}
          hint="1, 2, 4, 8 a text by severity"
        />
      </div>
      <TextArea label="Reason" value={reason} onChange={setReason} maxLength={1_000} />
      {allow.error !== null && <ProblemNote problem={allow.error} />}
    </Dialog>
  )
}
