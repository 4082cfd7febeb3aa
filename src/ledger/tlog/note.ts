import { decodeBase64, encodeBase64 } from './base64.ts'
import { concatBytes, decodeUtf8, utf8, viewOf } from './bytes.ts'
import { TlogError } from './error.ts'
import { isKeyName, type NoteSigner, type NoteVerifier } from './key.ts'

const MAX_NOTE_BYTES = 1_000_000
/** The specification asks for at least 16. */
const MAX_SIGNATURES = 100

export interface NoteSignature {
  readonly name: string
  /** 32-bit key id. */
  readonly id: number
  readonly signature: Uint8Array<ArrayBuffer>
}

/** A note that has been read but not checked: don't act on its text before `openNote`. */
export interface UnverifiedNote {
  /** Ends in a newline. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/**
 * Splits a signed note; trusts nothing.
 *
 * @throws {TlogError} MALFORMED
 * @see C2SP signed-note, "Format"
 */
export function parseNote(note: Uint8Array | string): UnverifiedNote {
  const message = typeof note === 'string' ? note : decodeNote(note)
  if (message.length > MAX_NOTE_BYTES || !message.isWellFormed() || /[\u0000-\u0009\u000b-\u001f]/.test(message))
    throw new TlogError('MALFORMED', 'not a note')
  const split = message.lastIndexOf('\n\n')
  const block = message.slice(split + 2)
  if (split < 0) throw new TlogError('MALFORMED', 'not a signed note')
  return { text: message.slice(0, split + 1), signatures: parseSignatureLines(block) }
}

/**
 * The text of a note that at least one of `verifiers` signed. Signatures of unknown keys are ignored.
 *
 * @throws {TlogError} MALFORMED, or SIGNATURE when no known key signed it or one of them signed wrongly.
 */
export async function openNote(
  note: Uint8Array | string,
  verifiers: readonly NoteVerifier[],
): Promise<{ text: string; signedBy: readonly NoteVerifier[] }> {
  const { text, signatures } = parseNote(note)
  const bytes = utf8(text)
  const signedBy = new Set<NoteVerifier>()
  for (const { name, id, signature } of signatures) {
    const verifier = verifiers.find((candidate) => candidate.name === name && candidate.id === id)
    if (verifier === undefined || signedBy.has(verifier)) continue
    if (!(await verifier.verify(bytes, signature)))
      throw new TlogError('SIGNATURE', `the signature of ${name} is wrong`)
    signedBy.add(verifier)
  }
  if (signedBy.size === 0) throw new TlogError('SIGNATURE', 'the note carries no signature of a trusted key')
  return { text, signedBy: [...signedBy] }
}

/** Signs `text`, which must end in a newline. @throws {TlogError} MALFORMED */
export async function signNote(text: string, signers: readonly NoteSigner[]): Promise<string> {
  if (!text.endsWith('\n') || signers.length === 0) throw new TlogError('MALFORMED', 'not a note text')
  let note = `${text}\n`
  for (const signer of signers) note += signatureLine(signer, await signer.sign(utf8(text)))
  parseNote(note)
  return note
}

/** One line of a note's signature block. */
export function signatureLine(key: { readonly name: string; readonly id: number }, signature: Uint8Array): string {
  const id = new Uint8Array(4)
  viewOf(id).setUint32(0, key.id)
  return `— ${key.name} ${encodeBase64(concatBytes(id, signature))}\n`
}

/** Lines of a signature block, as a witness answers them; hostile input. @throws {TlogError} MALFORMED */
export function parseSignatureLines(block: string): NoteSignature[] {
  if (!block.endsWith('\n')) throw new TlogError('MALFORMED', 'signature lines end in a newline')
  const lines = block.slice(0, -1).split('\n')
  if (lines.length > MAX_SIGNATURES) throw new TlogError('MALFORMED', `more than ${MAX_SIGNATURES} signatures`)
  return lines.map(parseSignature)
}

function parseSignature(line: string): NoteSignature {
  const [dash, name, base64, ...rest] = line.split(' ')
  const bytes = decodeBase64(base64 ?? '')
  if (dash !== '—' || name === undefined || !isKeyName(name) || bytes === null || bytes.length < 5 || rest.length > 0)
    throw new TlogError('MALFORMED', 'a signature line of the note is not well-formed')
  return { name, id: viewOf(bytes).getUint32(0), signature: bytes.slice(4) }
}

function decodeNote(bytes: Uint8Array): string {
  if (bytes.length > MAX_NOTE_BYTES) throw new TlogError('MALFORMED', 'the note is too long')
  const text = decodeUtf8(bytes)
  if (text === null) throw new TlogError('MALFORMED', 'the note is not UTF-8')
  return text
}
