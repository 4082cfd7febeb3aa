import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { type Choice, SelectField } from '../../components/select.tsx'
import { quarterName } from '../transparency/numbers.tsx'
import { useControlsChanged } from './queries.ts'
import { KINDS, type ReportKind } from './report-words.ts'

const EARLIER = 4

/** Compiles a report of a quarter from what is on record, and goes to it. */
export function CompileDialog({ onClose }: { onClose(): void }) {
  const quarters = latestQuarters(Date.now())
  const [kind, setKind] = useState<ReportKind>('rso')
  const [quarter, setQuarter] = useState(quarters[1] ?? '')
  const changed = useControlsChanged()
  const navigate = useNavigate()
  const compile = useMutation({
    mutationFn: () => call('POST /api/v1/control-reports', { body: { kind, quarter } }),
    onSuccess: async ({ id, title }) => {
      onClose()
      await navigate({ to: '/controls/reports/$id', params: { id } })
      await changed(`${title} is compiled`)
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      title="Compile a report"
      description="From what is on record now. A draft that there is keeps what people wrote in it; what is signed stays as it is, and this begins the next edition."
      submit="Compile"
      busy={compile.isPending}
      ready
      problem={compile.error}
      onSubmit={() => compile.mutate()}
    >
      <SelectField<ReportKind>
        label="Report"
        value={kind}
        onChange={setKind}
        choices={(Object.keys(KINDS) as ReportKind[]).map((one) => ({
          value: one,
          label: KINDS[one][0],
          note: KINDS[one][1],
        }))}
      />
      <SelectField label="Quarter" value={quarter} onChange={setQuarter} choices={quarters.map(choiceOf)} />
    </FormDialog>
  )
}

function choiceOf(quarter: string, i: number): Choice<string> {
  return { value: quarter, label: quarterName(quarter), note: i === 0 ? 'It is not over yet.' : undefined }
}

/** `2026-q4` and those before it, newest first; quarters begin at midnight UTC. */
function latestQuarters(nowMs: number): string[] {
  const now = new Date(nowMs)
  const running = now.getUTCFullYear() * 4 + Math.floor(now.getUTCMonth() / 3)
  return Array.from({ length: EARLIER + 1 }, (_, i) => `${Math.floor((running - i) / 4)}-q${((running - i) % 4) + 1}`)
}
