import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { VaultVersion } from '../../app/api/schema.ts'
import { count } from '../../components/count.ts'
import { TextField } from '../../components/field.tsx'
import { AskApproval } from './ask-approval.tsx'
import { copiesQuery } from './queries.ts'
import { bytes } from './words.ts'

const ERASE_ACTION = 'weights.erase'

/** Its keys are destroyed, and with them every copy of the ciphertext: asked for with its name typed out. */
export function EraseDialog({ version, onClose }: { readonly version: VaultVersion; onClose(): void }) {
  const [typed, setTyped] = useState('')
  const { data: copies = [] } = useQuery(copiesQuery)
  const outside = copies.filter((copy) => copy.version === version.id && copy.state === 'stands').length
  return (
    <AskApproval
      title={`Erase ${version.id}`}
      description="A second person must agree. Nothing brings it back."
      action={ERASE_ACTION}
      payload={typed === version.id ? (reason) => ({ version: version.id, reason }) : null}
      submit="Ask to erase it"
      onClose={onClose}
    >
      <ul className="flex flex-col gap-1.5 rounded-md border border-line bg-sunken p-3">
        <li>
          The keys of {count(version.fileCount, 'file')} of {bytes(version.sizeBytes)} are destroyed, here and in the
          store.
        </li>
        <li>
          {outside === 0
            ? 'No copy outside of the vault is on record.'
            : `${count(outside, 'copy', 'copies')} outside of the vault ${outside === 1 ? 'stays' : 'stay'} as ${outside === 1 ? 'it is' : 'they are'}: destroy them where they lie.`}
        </li>
        <li>What the ledger says about it stays.</li>
      </ul>
      <TextField label={`Type ${version.id}`} value={typed} onChange={setTyped} />
    </AskApproval>
  )
}
