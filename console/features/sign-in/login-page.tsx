import { useMutation, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { Role } from '../../app/api/schema.ts'
import { signIn } from '../../app/security-key.ts'
import { useRefreshSession, waysInQuery } from '../../app/session.ts'
import { INLINE_LINK } from '../../components/app-link.tsx'
import { Button, buttonLook } from '../../components/button.tsx'
import { Icon } from '../../components/icons.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { ALL_ROLES, roleName } from '../people/role-names.ts'
import { Frame } from './frame.tsx'
import { ownPath } from './own-path.ts'

/** Sign in: by security key, through the identity provider, or, where somebody configured it so, by mere say-so. */
export function LoginPage() {
  const { data: ways } = useSuspenseQuery(waysInQuery)
  const enter = useEnter()
  const byKey = useMutation({ mutationFn: signIn, onSuccess: enter })
  return (
    <Frame title="Sign in" lead="The console is for people who work here.">
      <div className="flex flex-col gap-2">
        <Button look="primary" busy={byKey.isPending} onClick={() => byKey.mutate()} className="h-10">
          <Icon name="key" /> Sign in with a security key
        </Button>
        {ways.oidc && (
          <a href="/login/oidc" className={`${buttonLook()} h-10`}>
            Continue with your organisation’s account
          </a>
        )}
      </div>
      {byKey.error !== null && <ProblemNote problem={byKey.error} />}
      <p className="text-quiet">
        No key yet? Somebody who runs this installation can give you a one-time link. Lost it? They can start a reset,
        which two people agree to.
      </p>
      <p className="text-quiet">
        Seen that we don’t keep our own policy?{' '}
        <a href="/speak-up" className={INLINE_LINK}>
          Report it
        </a>{' '}
        without signing in.
      </p>
      {ways.development && <DevelopmentLogin onIn={enter} />}
    </Frame>
  )
}

function useEnter(): () => Promise<void> {
  const refresh = useRefreshSession()
  const navigate = useNavigate()
  const { to } = useSearch({ from: '/login' })
  return async () => {
    await refresh()
    await navigate({ href: ownPath(to) ?? '/', replace: true })
  }
}

function DevelopmentLogin({ onIn }: { onIn(): Promise<void> }) {
  const [roles, setRoles] = useState<readonly Role[]>(['administrator'])
  const enter = useMutation({
    mutationFn: () => call('POST /api/v1/staff/login/development', { body: { roles: [...roles] } }),
    onSuccess: onIn,
  })
  const toggle = (role: Role) => setRoles(roles.includes(role) ? roles.filter((r) => r !== role) : [...roles, role])
  return (
    <form
      className="flex flex-col gap-3 rounded-md border border-watch p-3"
      onSubmit={(event) => {
        event.preventDefault()
        enter.mutate()
      }}
    >
      <fieldset className="flex flex-col gap-1">
        <legend className="mb-1 font-medium">Development login: sign in as</legend>
        {ALL_ROLES.map((role) => (
          <label key={role} className="flex items-center gap-2">
            <input
              type="checkbox"
              className="accent-accent"
              checked={roles.includes(role)}
              onChange={() => toggle(role)}
            />
            {roleName(role)}
          </label>
        ))}
      </fieldset>
      {enter.error !== null && <ProblemNote problem={enter.error} />}
      <Button type="submit" busy={enter.isPending}>
        Sign in without proof
      </Button>
    </form>
  )
}
