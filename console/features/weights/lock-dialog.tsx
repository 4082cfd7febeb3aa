import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { Dialog } from '../../components/dialog.tsx'
import { TextArea } from '../../components/field.tsx'
import { Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { grantsQuery, useWeightsChanged, versionsQuery } from './queries.ts'
import { bytes } from './words.ts'

const ALL = '*'

/** One person locks, at once: which model, what ends in numbers, why. Nothing is chosen beforehand. */
export function LockDialog({ model, onClose }: { readonly model?: string; onClose(): void }) {
  const [scope, setScope] = useState(model ?? '')
  const [reason, setReason] = useState('')
  const { data } = useInfiniteQuery(versionsQuery)
  const changed = useWeightsChanged()
  const models = [...new Set(data?.pages.flatMap(({ items }) => items.map((one) => one.model)))].sort()
  const lock = useMutation({
    mutationFn: () => {
      const body = { scope: scope === ALL ? ('all' as const) : { model: scope }, reason: reason.trim() }
      return withFreshKey(() => call('POST /api/v1/weights/locks', { body }))
    },
    onSuccess: async () => {
      onClose()
      await changed('Locked', 'Nobody opens it until two people lift the lock.')
    },
  })
  const what = scope === ALL ? 'everything' : scope
  return (
    <Dialog
      open
      onOpenChange={onClose}
      wide
      title="Lock weights"
      description="One person locks, at once and on every replica. Lifting the lock takes two."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="danger"
            busy={lock.isPending}
            disabled={scope === '' || reason.trim() === ''}
            onClick={() => lock.mutate()}
          >
            {scope === '' ? 'Lock' : `Lock ${what}`}
          </Button>
        </>
      }
    >
      <SelectField
        label="What"
        value={scope}
        onChange={setScope}
        choices={[
          { value: '', label: 'choose', disabled: true },
          { value: ALL, label: 'all weights' },
          ...models.map((name) => ({ value: name, label: name })),
        ]}
      />
      {scope !== '' && <Effect scope={scope} />}
      <TextArea label="Reason" value={reason} onChange={setReason} maxLength={2000} />
      {lock.error !== null && <ProblemNote problem={lock.error} />}
    </Dialog>
  )
}

/** What ends and what stays, in numbers, before it is confirmed. */
function Effect({ scope }: { readonly scope: string }) {
  const { data: versions } = useInfiniteQuery(versionsQuery)
  const { data: grants } = useInfiniteQuery(grantsQuery({ state: 'active' }))
  if (versions === undefined || grants === undefined) return <Skeleton className="h-12" />
  const covers = (model: string) => scope === ALL || model === scope
  const sealed = versions.pages
    .flatMap(({ items }) => items)
    .filter((one) => one.state === 'sealed' && covers(one.model))
  const open = grants.pages
    .flatMap(({ items }) => items)
    .filter(({ version }) => covers(version.slice(0, version.indexOf('/'))))
  const people = new Set(open.map(({ personId }) => personId)).size
  const serving = open.filter(({ use }) => use === 'serve').length
  return (
    <ul aria-label="What it reaches" className="flex flex-col gap-1.5 rounded-md border border-line bg-sunken p-3">
      <li>
        {count(sealed.length, 'version')} of {bytes(sealed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))} can be
        opened by nobody.
      </li>
      <li>
        {open.length === 0
          ? 'No grant is open for it now.'
          : `${count(open.length, 'grant')} of ${count(people, 'person', 'people')} ${open.length === 1 ? 'stops' : 'stop'} giving out bytes within a second, in the middle of a read too.`}
      </li>
      {serving > 0 && <li>{count(serving, 'server')} among them can’t load it again until the lock is lifted.</li>}
    </ul>
  )
}
