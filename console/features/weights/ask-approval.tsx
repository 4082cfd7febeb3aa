import { type ReactNode, useState } from 'react'
import { call } from '../../app/api/client.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextArea } from '../../components/field.tsx'
import { useAsk } from '../approvals/use-ask.ts'
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
  const ask = useAsk({
    send: async () => {
      const why = reason.trim()
      const body = { action, payload: typeof payload === 'function' ? payload(why) : payload, reason: why }
      return (await call('POST /api/v1/approvals', { body })).id
    },
    changed: useWeightsChanged(),
    onClose,
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
