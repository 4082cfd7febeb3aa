import type { ApprovalView, Role } from '../../app/api/schema.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { rolesInForce, usePeople } from '../people/queries.ts'
import { roleName } from '../people/role-names.ts'

/** The groups that must agree, which seats are open, and the names of who could take them. */
export function Seats({ approval }: { readonly approval: ApprovalView }) {
  const { rule, missing, state } = approval
  if (rule.kind === 'single') return <p className="text-quiet">One person decides, at once; nobody else is asked.</p>
  return (
    <ul className="divide-y divide-line border-y border-line">
      {rule.groups.map(({ name, roles, count }) => {
        const open = missing.find(({ group }) => group === name)?.count ?? 0
        const words =
          open === 0 ? 'agreed' : `${open} of ${count} ${state === 'pending' ? 'still to agree' : 'did not agree'}`
        return (
          <li key={name} className="flex flex-col gap-1 py-2">
            <div className="flex items-baseline justify-between gap-4">
              <span className="font-medium">{name}</span>
              <StateMark state={open === 0 ? 'holds' : state === 'pending' ? 'watch' : 'unknown'}>{words}</StateMark>
            </div>
            <p className="text-quiet">{roles.map(roleName).join(', ')}</p>
            {open > 0 && state === 'pending' && <Candidates approval={approval} roles={roles} />}
          </li>
        )
      })}
    </ul>
  )
}

function Candidates({ approval, roles }: { readonly approval: ApprovalView; readonly roles: readonly Role[] }) {
  const people = usePeople()
  const { rule, requester, votes } = approval
  const out = new Set([
    requester,
    ...(rule.kind === 'quorum' ? (rule.excluded ?? []) : []),
    ...votes.map(({ personId }) => personId),
  ])
  const names = [...people.values()]
    .filter(
      (person) =>
        person.active &&
        person.passkeys > 0 &&
        !out.has(person.id) &&
        rolesInForce(person).some((role) => roles.includes(role)),
    )
    .map(({ displayName }) => displayName)
  if (people.size === 0) return null
  return names.length === 0 ? (
    <p>
      <StateMark state="fails">nobody can at present</StateMark>{' '}
      <span className="text-quiet">give somebody the role, or begin a recovery</span>
    </p>
  ) : (
    <p>Can act now: {names.join(', ')}</p>
  )
}
