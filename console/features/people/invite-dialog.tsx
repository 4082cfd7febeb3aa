import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { IssuedLink } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { CopyText } from '../../components/copy.tsx'
import { Dialog, FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { When } from '../../components/when.tsx'

interface InviteProps {
  readonly open: boolean
  onOpenChange(open: boolean): void
}

/** Adds a person and shows the one-time link by which they register their first key. */
export function InviteDialog({ open, onOpenChange }: InviteProps) {
  const client = useQueryClient()
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const invite = useMutation({
    mutationFn: () =>
      withFreshKey(async () => {
        const body = { displayName: name.trim(), email: email.trim() === '' ? null : email.trim() }
        const { id } = await call('POST /api/v1/staff/people', { body })
        // Listed at once: should the link fail, it can be made on their page.
        void client.invalidateQueries({ queryKey: ['people'] })
        const link = await call('POST /api/v1/staff/people/{id}/link', { params: { id } })
        return { id, link }
      }),
  })
  const close = (next: boolean) => {
    onOpenChange(next)
    if (next) return
    setName('')
    setEmail('')
    invite.reset()
  }
  if (invite.data !== undefined)
    return (
      <Dialog
        open={open}
        onOpenChange={close}
        title={`A link for ${name}`}
        description="It is shown this once."
        actions={
          <Button look="primary" onClick={() => close(false)}>
            Done
          </Button>
        }
      >
        <LinkNote link={invite.data.link} />
        <p className="text-quiet">
          They hold no role yet: give one on{' '}
          <AppLink href={`/people/${invite.data.id}`} onClick={() => close(false)} className={INLINE_LINK}>
            their page
          </AppLink>
          .
        </p>
      </Dialog>
    )
  return (
    <FormDialog
      open={open}
      onOpenChange={close}
      title="Invite somebody"
      description="They get a link, register a security key with it, and hold nothing until somebody gives them a role."
      submit="Make a link"
      busy={invite.isPending}
      ready={name.trim() !== ''}
      onSubmit={() => invite.mutate()}
      problem={invite.error}
    >
      <TextField label="Name" value={name} onChange={setName} required autoFocus maxLength={200} />
      <TextField label="E-mail address (optional)" type="email" value={email} onChange={setEmail} />
    </FormDialog>
  )
}

export function LinkNote({ link }: { readonly link: IssuedLink }) {
  return (
    <>
      <CopyText label="link" text={link.url} />
      <p>
        Whoever opens it first becomes this person, so hand it over by a way that you trust. Good once, ends{' '}
        <When at={link.expiresAt} />.
      </p>
    </>
  )
}
