import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { Facts, Section } from '../../components/page.tsx'
import { day, exactly } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { useRefusalChanged } from './queries.ts'

interface FootProps {
  readonly result: {
    readonly id: string
    readonly digest: string
    readonly headDigest: string
    readonly rows: number
    readonly recordedAt: string
    readonly recordedBy: string
    readonly eraseAt: string | null
    readonly erased: { readonly at: string; readonly by: string; readonly why: 'retention' | 'asked' } | null
  }
}

/** Where it came from, by digest, and how long its words are kept. */
export function ResultFoot({ result }: FootProps) {
  const { id, digest, headDigest, rows, recordedAt, recordedBy, eraseAt, erased } = result
  const { may } = usePermissions()('refusal.erase')
  const changed = useRefusalChanged()
  const [asking, setAsking] = useState(false)
  return (
    <Section
      title="As it is kept"
      actions={
        may &&
        eraseAt !== null && (
          <Button small look="danger" onClick={() => setAsking(true)}>
            Erase the words…
          </Button>
        )
      }
    >
      <Facts
        rows={[
          ['Came', <Came key="came" at={recordedAt} by={recordedBy} />],
          ['What was sent', <Code key="digest">{digest}</Code>],
          ['Its figures', <Code key="head">{headDigest}</Code>],
          [
            'Words',
            rows === 0
              ? 'it has none'
              : erased !== null
                ? `erased on ${day(erased.at)}, ${erased.why === 'retention' ? 'in time' : 'because somebody said so'}`
                : `${count(rows, 'row')}, sealed, until ${eraseAt === null ? 'they are erased' : day(eraseAt)}`,
          ],
        ]}
      />
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="Erase the words"
        effects={[
          `${count(rows, 'row is', 'rows are')} deleted for good; nobody can read or export them any more.`,
          'Figures and digests stay, and whatever rests on them.',
        ]}
        confirm="Erase"
        onConfirm={async () => {
          await withFreshKey(() => call('POST /api/v1/refusal/results/{id}/erasure', { params: { id } }))
          await changed('The words are erased')
        }}
      />
    </Section>
  )
}

function Came({ at, by }: { readonly at: string; readonly by: string }) {
  return (
    <>
      {exactly(at)}, {by.startsWith('per_') ? <PersonName id={by} /> : by}
    </>
  )
}
