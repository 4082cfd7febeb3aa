import type { LedgerEntry } from '../../app/api/schema.ts'
import { PersonName } from '../people/person-name.tsx'

type Actor = NonNullable<LedgerEntry['event']>['actor']

/** Who did it: a person by name, anything else by kind and identifier. */
export function Actor({ actor: { type, id } }: { readonly actor: Actor }) {
  if (type === 'staff') return <PersonName id={id} />
  return (
    <span className="text-quiet">
      {type}
      {id !== type && <> {id}</>}
    </span>
  )
}
