import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { DecisionView, ReadExchange, Routes } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { FormDialog } from '../../components/dialog.tsx'
import { Section } from '../../components/page.tsx'
import { SelectField } from '../../components/select.tsx'
import { day } from '../../components/when.tsx'
import { roleName } from '../people/role-names.ts'
import { useHeldKey } from './held-key.ts'
import { completionBlocks, promptBlocks } from './said-blocks.ts'
import { SaidPanel } from './said-panel.tsx'

type Reason = Routes['POST /api/v1/decisions/{id}/content']['body']['reason']

const REASONS: Record<Reason, string> = {
  review: 'Review of the decision',
  quality_check: 'Check of how well screening works',
  appeal: 'An appeal',
  dispute: 'A dispute',
  incident: 'An incident',
  data_subject_request: 'Somebody asks for their own data',
  legal_request: 'A request by law',
}

/** What was said, where it is kept: for who may, for a reason, on the record. */
export function WhatWasSaid({ decision }: { readonly decision: DecisionView }) {
  const permission = usePermissions()('content.reveal')
  const [asking, setAsking] = useState(false)
  const [said, setSaid] = useState<ReadExchange | null>(null)
  const { content } = decision
  if (content === null)
    return (
      <Section title="What was said">
        <p className="text-quiet">
          Nothing is kept of it: it was not kept at all, its time is over, or it was deleted.
        </p>
      </Section>
    )
  return (
    <Section
      title="What was said"
      note={`kept until ${day(content.expiresAt)}`}
      actions={
        said === null &&
        permission.may &&
        !content.restricted && (
          <Button small onClick={() => setAsking(true)}>
            Read it…
          </Button>
        )
      }
    >
      {said !== null ? (
        <Sides said={said} />
      ) : (
        <p className="text-quiet">
          {content.restricted
            ? 'Only the restricted queue may read this.'
            : permission.may
              ? 'Not in this page until you ask for it. That you read it, and why, is recorded first.'
              : `Open to: ${permission.roles.map(roleName).join(', ')}.`}
        </p>
      )}
      <AskDialog id={decision.id} open={asking} onOpenChange={setAsking} onSaid={setSaid} />
    </Section>
  )
}

function Sides({ said }: { readonly said: ReadExchange }) {
  const held = useHeldKey('r', () => {})
  const { turns, completion, evidence, asJudged, omittedChars } = said
  return (
    <div className="flex flex-col gap-3">
      <SaidPanel
        title="Prompt"
        blocks={promptBlocks(turns, { evidence: evidence.prompt, asJudged })}
        omittedChars={omittedChars}
        held={held}
      />
      <SaidPanel
        title="Completion"
        blocks={completionBlocks(completion, { evidence: evidence.completion, asJudged })}
        held={held}
      />
    </div>
  )
}

interface AskProps {
  readonly id: string
  readonly open: boolean
  onOpenChange(open: boolean): void
  onSaid(said: ReadExchange): void
}

function AskDialog({ id, open, onOpenChange, onSaid }: AskProps) {
  const [reason, setReason] = useState<Reason>('quality_check')
  const ask = useMutation({
    mutationFn: async () =>
      onSaid(await call('POST /api/v1/decisions/{id}/content', { params: { id }, body: { reason } })),
    onSuccess: () => onOpenChange(false),
  })
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title="Read what was said"
      description="Your name, the time and the reason go on the ledger before anything is shown. It comes blurred: hold R to read."
      submit="Record and read"
      busy={ask.isPending}
      ready
      onSubmit={() => ask.mutate()}
      problem={ask.error}
    >
      <SelectField<Reason>
        label="Reason"
        value={reason}
        onChange={setReason}
        choices={(Object.entries(REASONS) as [Reason, string][]).map(([value, label]) => ({ value, label }))}
      />
    </FormDialog>
  )
}
