import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { callFile } from '../../app/api/client.ts'
import type { KeptDataset, NewDatasetExport } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { downloadBlob } from '../../components/export.ts'
import { SelectField } from '../../components/select.tsx'
import { useRefusalChanged } from './queries.ts'

type Format = NewDatasetExport['format']

const FORMATS: Record<Format, readonly [label: string, note: string]> = {
  'trl-sft': ['TRL, tuning by example', 'messages'],
  'trl-dpo': ['TRL, pairs', 'prompt, chosen, rejected'],
  'trl-dpo-implicit': ['TRL, pairs with the prompt inside', 'chosen, rejected'],
  'trl-kto': ['TRL, KTO', 'prompt, completion, label'],
  'openai-dpo': ['OpenAI, pairs', 'input, preferred_output, non_preferred_output'],
  'alignment-handbook': ['alignment-handbook', 'prompt, messages, chosen, rejected'],
  'ms-swift': ['ms-swift', 'messages, rejected_response'],
}

interface ExportProps {
  readonly dataset: KeptDataset
  readonly open: boolean
  onOpenChange(open: boolean): void
}

/** A dataset as a trainer reads it. */
export function ExportDialog({ dataset, open, onOpenChange }: ExportProps) {
  const changed = useRefusalChanged()
  const [format, setFormat] = useState<Format>('trl-dpo')
  const { sft, preference } = dataset.head.records
  const rows = format === 'trl-sft' ? sft : preference
  const take = useMutation({
    mutationFn: async () => {
      const file = await withFreshKey(() =>
        callFile('POST /api/v1/refusal/datasets/{id}/exports', { params: { id: dataset.id }, body: { format } }),
      )
      downloadBlob(`${dataset.id}.${format}.jsonl`, file)
    },
    onSuccess: async () => {
      onOpenChange(false)
      await changed()
    },
  })
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title="Export the dataset"
      description="A JSON object a line, ready for the trainer. Harmful words are in it: that you took it out is recorded before it is given."
      submit="Record and download"
      busy={take.isPending}
      ready
      onSubmit={() => take.mutate()}
      problem={take.error}
    >
      <SelectField<Format>
        label="Format"
        value={format}
        onChange={setFormat}
        choices={(Object.entries(FORMATS) as [Format, (typeof FORMATS)[Format]][]).map(([value, [label, note]]) => ({
          ...{ value, label, note },
        }))}
        hint={`${rows.toLocaleString('en')} of ${dataset.head.records.count.toLocaleString('en')} records are for this use.`}
      />
    </FormDialog>
  )
}
