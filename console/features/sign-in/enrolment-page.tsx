import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { ApiProblem, call } from '../../app/api/client.ts'
import { deviceName, makeKey } from '../../app/security-key.ts'
import { useRefreshSession } from '../../app/session.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { TextField } from '../../components/field.tsx'
import { Icon } from '../../components/icons.tsx'
import { Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { Frame } from './frame.tsx'

interface About {
  readonly displayName: string
  readonly email: string | null
}

/** Whose link this is: nobody's yet (the first administrator), a person's, or no good. */
type Link = { readonly kind: 'setup' } | { readonly kind: 'person'; readonly displayName: string }

/**
 * Where one-time links lead. The token stands behind the `#`, so that no server log and no referrer has it, and is taken out of the address at
 * once, so that no history keeps it.
 */
export function EnrolmentPage() {
  const [token] = useState(takeToken)
  const link = useQuery({
    queryKey: ['enrolment', token],
    queryFn: () => readLink(token),
    enabled: token !== '',
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  })
  if (token === '') return <NoLink />
  if (link.error !== null)
    return (
      <Frame title="This link opens nothing" lead="It is good once and for a limited time.">
        <ProblemNote problem={link.error} />
        <p className="text-quiet">
          The first administrator’s link is printed when the server starts: start it again for a new one. Anybody else
          gets one from an administrator.{' '}
          <AppLink href="/login" className={INLINE_LINK}>
            Sign in
          </AppLink>{' '}
          if you have a key.
        </p>
      </Frame>
    )
  if (link.data === undefined)
    return (
      <Frame title="One moment" lead="The link is being looked up.">
        <Skeleton className="h-24" />
      </Frame>
    )
  return link.data.kind === 'setup' ? (
    <FirstAdministrator token={token} />
  ) : (
    <Invited token={token} name={link.data.displayName} />
  )
}

function FirstAdministrator({ token }: { readonly token: string }) {
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [days, setDays] = useState('14')
  const register = useRegister(token)
  const bootstrapDays = Number(days)
  const daysWrong = Number.isInteger(bootstrapDays) && bootstrapDays >= 0 && bootstrapDays <= 30 ? null : '0 to 30 days'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const about = { displayName: name.trim(), email: email.trim() === '' ? null : email.trim() }
    if (daysWrong === null) register.mutate({ about, bootstrapDays })
  }
  return (
    <Frame
      title="First administrator"
      lead="You set this installation up. Say who you are and register a security key or a passkey."
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <TextField
          label="Your name"
          value={name}
          onChange={setName}
          required
          autoFocus
          autoComplete="name"
          maxLength={200}
          hint="Shown to everybody who works here."
        />
        <TextField
          label="E-mail address (optional)"
          type="email"
          value={email}
          onChange={setEmail}
          autoComplete="email"
        />
        <TextField
          label="Days in which you may give roles alone"
          type="number"
          min={0}
          max={30}
          value={days}
          onChange={setDays}
          error={daysWrong}
          hint="Afterwards every sensitive role takes two people. All that is done alone is marked. 0 = from the start."
        />
        {register.error !== null && <ProblemNote problem={register.error} />}
        <Button type="submit" look="primary" busy={register.isPending} disabled={name.trim() === ''} className="h-10">
          <Icon name="key" /> Register a security key
        </Button>
      </form>
      <p className="text-quiet">Add at least two more people soon, and a second key of your own.</p>
    </Frame>
  )
}

function Invited({ token, name }: { readonly token: string; readonly name: string }) {
  const register = useRegister(token)
  return (
    <Frame
      title={`Welcome, ${name}`}
      lead="Register a security key or a passkey. You sign in with it, and sign what you decide."
    >
      {register.error !== null && <ProblemNote problem={register.error} />}
      <Button
        look="primary"
        className="h-10"
        busy={register.isPending}
        onClick={() => register.mutate({ about: null, bootstrapDays: 14 })}
      >
        <Icon name="key" /> Register a security key
      </Button>
      <p className="text-quiet">Not you? Close this page and tell whoever gave you the link.</p>
    </Frame>
  )
}

function NoLink() {
  return (
    <Frame
      title="This page needs a link"
      lead="A one-time link brings you here with a secret in it; this one has none."
    >
      <AppLink href="/login" className={INLINE_LINK}>
        Sign in with a security key
      </AppLink>
    </Frame>
  )
}

function useRegister(token: string) {
  const refresh = useRefreshSession()
  const navigate = useNavigate()
  return useMutation({
    mutationFn: async ({ about, bootstrapDays }: { readonly about: About | null; readonly bootstrapDays: number }) => {
      const { ceremony, options } = await start(token, about)
      const attestation = await makeKey(options)
      await call('POST /api/v1/staff/enrolment', {
        body: { token, ceremony, attestation, label: deviceName(), bootstrapDays },
      })
    },
    onSuccess: async () => {
      await refresh()
      await navigate({ to: '/', replace: true })
    },
  })
}

function start(token: string, about: About | null) {
  return call('POST /api/v1/staff/enrolment/options', { body: { token, person: about } })
}

async function readLink(token: string): Promise<Link> {
  try {
    const { options } = await start(token, null)
    const { user } = options as { user?: { displayName?: string } }
    return { kind: 'person', displayName: user?.displayName ?? '' }
  } catch (error) {
    // The link of the first administrator asks who they are.
    if (error instanceof ApiProblem && error.code === 'REQUEST_INVALID') return { kind: 'setup' }
    throw error
  }
}

function takeToken(): string {
  const token = window.location.hash.slice(1)
  if (token !== '') history.replaceState(history.state, '', window.location.pathname)
  return token
}
