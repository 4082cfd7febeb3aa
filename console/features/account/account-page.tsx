import { useMutation, useSuspenseQuery } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'
import { leave, useMe, waysInQuery } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { Facts, Page, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { roleName } from '../people/role-names.ts'
import { Passkeys } from './passkeys.tsx'
import { Sessions } from './sessions.tsx'

/** One's own keys, sessions and roles. */
export function AccountPage() {
  const { person } = useMe()
  const signOut = useSignOut()
  return (
    <Page
      title="My account"
      summary={person.displayName}
      actions={
        <Button busy={signOut.isPending} onClick={() => signOut.mutate()}>
          Sign out
        </Button>
      }
    >
      {signOut.error !== null && <ProblemNote problem={signOut.error} />}
      <Passkeys />
      <Sessions />
      <Section title="Roles" note={person.assignments.length === 0 ? 'none' : undefined}>
        {person.assignments.length > 0 && (
          <Facts
            rows={person.assignments.map(({ id, role, state, trainingDueAt, reviewDueAt }) => [
              roleName(role),
              <span key={id} className="flex flex-wrap gap-x-4">
                {state === 'active' ? (
                  <StateMark state="holds">in force</StateMark>
                ) : (
                  <StateMark state="watch">{state.replaceAll('_', ' ')}</StateMark>
                )}
                <span className="text-quiet">
                  training due <When at={trainingDueAt} />, review due <When at={reviewDueAt} />
                </span>
              </span>,
            ])}
          />
        )}
      </Section>
      <IdentityProvider />
    </Page>
  )
}

function useSignOut() {
  return useMutation({ mutationFn: () => call('DELETE /api/v1/staff/session'), onSuccess: () => leave() })
}

function IdentityProvider() {
  const { person } = useMe()
  const { data: ways } = useSuspenseQuery(waysInQuery)
  const link = useMutation({
    mutationFn: () => call('POST /api/v1/staff/oidc/link'),
    onSuccess: ({ url }) => window.location.assign(url),
  })
  if (!ways.oidc) return null
  return (
    <Section title="Identity provider">
      {person.linked ? (
        <p>
          <StateMark state="holds">linked</StateMark> You can also sign in with your organisation’s account.
        </p>
      ) : (
        <>
          <p className="text-quiet">Link your organisation’s account, to sign in with it as well.</p>
          {link.error !== null && <ProblemNote problem={link.error} />}
          <Button className="self-start" busy={link.isPending} onClick={() => link.mutate()}>
            Link it
          </Button>
        </>
      )}
    </Section>
  )
}
