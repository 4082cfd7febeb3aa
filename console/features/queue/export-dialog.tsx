import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { ReviewExportInput, ReviewLabelledPage } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { count } from '../../components/count.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { download } from '../../components/export.ts'
import { TextField } from '../../components/field.tsx'
import { SelectField } from '../../components/select.tsx'
import { day } from '../../components/when.tsx'

const DAY_MS = 86_400_000
const PAGE = { ids: 1_000, text: 100 } as const
/** A browser is no place for more; the command line pages on for ever. */
const MOST = 20_000

interface ExportDialogProps {
  readonly open: boolean
  onOpenChange(open: boolean): void
}

/** Decided cases as labelled data, one JSON object a line. */
export function ExportDialog({ open, onOpenChange }: ExportDialogProps) {
  const [since, setSince] = useState(() => day(new Date(Date.now() - 30 * DAY_MS).toISOString()))
  const [content, setContent] = useState<keyof typeof PAGE>('ids')
  const [got, setGot] = useState(0)
  const start = Date.parse(`${since}T00:00:00`)
  const take = useMutation({
    mutationFn: async () => {
      setGot(0)
      const lines = await fetchLabels(new Date(start).toISOString(), content, setGot)
      download(`labels-since-${since}.jsonl`, 'application/x-ndjson', lines.join(''))
    },
    onSuccess: () => onOpenChange(false),
  })
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title="Labelled data"
      description="Decided cases, one a line, for measuring and training classifiers. Restricted ones are never part of it."
      submit={take.isPending ? `${count(got, 'case')}…` : 'Download'}
      busy={take.isPending}
      ready={!Number.isNaN(start)}
      onSubmit={() => take.mutate()}
      problem={take.error}
    >
      <TextField label="Decided since" type="date" value={since} onChange={setSince} />
      <SelectField<keyof typeof PAGE>
        label="With"
        value={content}
        onChange={setContent}
        choices={[
          { value: 'ids', label: 'labels and identifiers alone' },
          { value: 'text', label: 'what was said as well', note: 'each reading goes on the ledger in your name' },
        ]}
        hint="That you took it out is recorded before it is given."
      />
    </FormDialog>
  )
}

async function fetchLabels(
  since: string,
  content: keyof typeof PAGE,
  onGot: (count: number) => void,
): Promise<readonly string[]> {
  const lines: string[] = []
  let cursor: string | undefined
  do {
    const body: ReviewExportInput = { since, withText: content === 'text', limit: PAGE[content], cursor }
    const page: ReviewLabelledPage = await withFreshKey(() => call('POST /api/v1/review/exports', { body }))
    for (const item of page.items) lines.push(`${JSON.stringify(item)}\n`)
    onGot(lines.length)
    cursor = page.next ?? undefined
  } while (cursor !== undefined && lines.length < MOST)
  return lines
}
