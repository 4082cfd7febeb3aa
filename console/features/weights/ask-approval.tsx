import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { call } from '../../app/api/client.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { TextArea } from '../../components/field.tsx'
import { FormDialog } from '../accounts/new-account-dialogs.tsx'
import { useWeightsChanged } from './queries.ts'

interface AskApprovalProps {
  readonly title: string
  readonly description: ReactNode
  /** By which name others are asked. */
  readonly action: string
  /** Exactly what they sign, perhaps with the reason in it; null while it is not whole. */
  readonly payload: object | ((reason: string) => object) | null
  readonly submit?: string
  readonly wide?: boolean
  onClose(): void
  readonly children?: ReactNode
}

/** Whatever takes a second person begins here: what is asked, and why. Leads to the request. */
export function AskApproval({ action, payload, onClose, children, submit = 'Ask for it', ...rest }: AskApprovalProps) {
  const [reason, setReason] = useState('')
  const changed = useWeightsChanged()
  const navigate = useNavigate()
  const ask = useMutation({
    mutationFn: () => {
      const why = reason.trim()
      const body = { action, payload: typeof payload === 'function' ? payload(why) : payload, reason: why }
      return withFreshKey(() => call('POST /api/v1/approvals', { body }))
    },
    onSuccess: async ({ id }) => {
      onClose()
      await changed()
      await navigate({ to: '/approvals/$id', params: { id } })
    },
  })
  return (
    <FormDialog
      {...rest}
      open
      onOpenChange={onClose}
      submit={submit}
      busy={ask.isPending}
      ready={payload !== null && reason.trim() !== ''}
      problem={ask.error}
      onSubmit={() => ask.mutate()}
    >
      {children}
      <TextArea label="Why; who agrees reads it" value={reason} onChange={setReason} maxLength={2000} />
    </FormDialog>
  )
}
