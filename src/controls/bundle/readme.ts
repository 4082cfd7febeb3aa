import type { AuditSampleView } from '../../audit/index.ts'
import type { Manifest, SampleManifest } from './schema.ts'

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

/** What somebody reads first who is handed a sample. */
export function sampleReadme(
  { organisation, product, madeAt, log }: Omit<SampleManifest, 'files'>,
  { id, frame, size, commitment, drawn }: AuditSampleView,
): string {
  const bound =
    commitment === null
      ? 'The order was bound to no secret of the auditor: who runs the log could have tried orders until one suited them.'
      : 'The order was bound to a secret of the auditor, which went into the seed and was told only once the order stood.'
  return `# A sample of the ledger of ${organisation}

Made by ${product} at ${madeAt}: sample ${id}, ${size} of ${frame.entries} entries.

| file | what it is |
| --- | --- |
| sample.json | the order, the draw, and what the auditor found, in their own words |
| items.csv | the same as a table |
| frame.txt | every entry that could have been drawn, by position, a line each |
| proofs/N.json | entry N of the ledger: event, salt, inclusion path, checkpoint; entry ${drawn?.order ?? ''} is the order |
| ledger/tree.json | root of the tree that ends with the order, and its consistency path to the checkpoint |
| ledger/checkpoint, ledger/key | the newest signed checkpoint; the key of the log (${log.origin}) by its own word |
| manifest.json, seal.json | SHA-256 of every other file; the entry of the ledger that holds the manifest's |

## How to draw it again

    safelevel audit verify FILE.zip --key VKEY

By hand: seed = SHA-256("safelevel audit sample v1\\n" || {"root":ROOT,"sample":"${id}","secret":SECRET or null}), the JSON as RFC 8785 has it, ROOT in
hex from ledger/tree.json. The score of a position is SHA-256(seed || position as 8 bytes, most significant first); the ${size} lowest scores of frame.txt are the
sample. The order names the SHA-256 of frame.txt. ${bound}

## What it shows, and what it does not

It shows that frame and size were fixed before the draw, and that these entries follow from it. That the frame is whole shows only who reads all bodies of
the ledger; entries about insider cases are in no frame. What the auditor found is their judgement.
`
}
