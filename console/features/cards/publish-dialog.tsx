import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { CardCheck } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { count } from '../../components/count.ts'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { cardDiffQuery, cardQuery, useCardsChanged } from './queries.ts'

interface PublishDialogProps {
  readonly model: string
  readonly digest: string
  readonly check: CardCheck
  onClose(): void
}

/** Asks for publication: says what would change, and for whom it would then wait. */
export function PublishDialog({ model, digest, check, onClose }: PublishDialogProps) {
  const navigate = useNavigate()
  const changed = useCardsChanged()
  const [isOpen, setOpen] = useState(true)
  const { data } = useQuery(cardQuery(model))
  const current = data?.current ?? null
  const { data: diff } = useQuery({ ...cardDiffQuery(model, 'current', 'draft'), enabled: current !== null })
  const warnings = check.findings.length
  const effects = [
    current === null
      ? `It becomes version 1 of the card of ${model}, which everybody may read.`
      : `It takes the place of version ${current.number}${diff === undefined ? '' : `: ${count(diff.changes.length, 'change')} in meaning`}; that one stays readable.`,
    warnings === 0 ? 'Lint has nothing to say against it.' : `Lint passes it, with ${count(warnings, 'warning')}.`,
    'Nothing is public until another policy editor or the RSO agrees with their key. Lint must pass then too.',
  ]
  return (
    <ConfirmDialog
      open={isOpen}
      onOpenChange={(open) => {
        setOpen(open)
        if (!open) onClose()
      }}
      title="Ask that it be published"
      effects={effects}
      confirm="Ask, with your key"
      look="primary"
      reasonLabel="Why; the second person reads it"
      onConfirm={async (reason) => {
        const approval = await withFreshKey(() =>
          call('POST /api/v1/cards/{model}/publish', { params: { model }, body: { digest, reason } }),
        )
        await changed('Asked for', 'It is published when a second person agrees.')
        await navigate({ to: '/approvals/$id', params: { id: approval.id } })
      }}
    />
  )
}
