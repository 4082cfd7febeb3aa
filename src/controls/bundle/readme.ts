import type { Manifest } from './schema.ts'

/** What an auditor reads first. */
export function readmeOf({ organisation, product, madeAt, profile, counts, log }: Omit<Manifest, 'files'>): string {
  const scope = profile === null ? 'controls that were named one by one' : `the profile ${profile}`
  return `# Evidence of controls: ${organisation}

Made by ${product} at ${madeAt}, about ${scope}.
Holds ${counts.holds}, stale ${counts.stale}, fails ${counts.fails}, unknown ${counts.unknown}.

## What is in it

| file | what it is |
| --- | --- |
| catalogue.json | the controls: what each asks for, where that stands, who answers for it |
| states.json | how each stood, in words, what that rests on, what people attested and excepted, what changed |
| proofs/N.json | entry N of the ledger: event, salt, inclusion path, checkpoint |
| ledger/checkpoint | the newest signed checkpoint, with cosignatures of witnesses where there are some |
| ledger/key | the key of the log (${log.origin}), as the log itself says it: compare it with one from elsewhere |
| manifest.json | SHA-256 of every other file, and which entries are proven, erased or withheld |
| seal.json | the entry of the ledger by which this bundle was made: it holds the manifest's SHA-256 |

## How to check it

Without any server, with the key of the log from a place that ${organisation} does not control:

    safelevel controls verify-bundle FILE.zip --key VKEY
    safelevel ledger prove --check proofs/N.json --key VKEY

With tools of others: each file in proofs/ is canonical JSON (RFC 8785). The leaf of the Merkle tree (RFC 6962) is
SHA-256("safelevel ledger commitment v1\\n" || salt || event), the path leads to the root in the checkpoint, and the checkpoint is a C2SP
signed note. golang.org/x/mod/sumdb/note opens the checkpoint, golang.org/x/mod/sumdb/tlog checks the path.

## What a check shows, and what it does not

It shows that the log recorded these events at these places, that this bundle was recorded as it is, and that no byte of it was changed since.
It does not show that what people said is true, nor that a probe saw all there is to see. A state that is unknown or stale shows nothing for
the control. Entries that are erased or withheld prove nothing here.

Words that people wrote (statements of attestations, reasons of exceptions) are not in it, since they may name people. Each attestation has a
digest: SHA-256 of {at, by, control, holds, references, statement, until} as RFC 8785 JSON. Ask for the words, and hold them against it.
`
}
