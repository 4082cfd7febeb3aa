import { decodeUtf8, sameBytes, utf8 } from './bytes.ts'
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts'
import { type Cosignature, type CosignerVerifier, parseCosignerVkey, readCosignatures } from './cosignature.ts'
import { TlogError } from './error.ts'
import { ED25519, type NoteVerifier, parseVkey, splitVkey } from './key.ts'
import { openNote, parseNote } from './note.ts'

/** The specification asks for at least 32 of each. */
const MAX_OF_EACH = 256
const MAX_POLICY_BYTES = 1_000_000

export interface PolicyLog {
  readonly key: NoteVerifier
  readonly url: string | null
}

export interface PolicyWitness {
  /** Within the policy alone. */
  readonly name: string
  readonly key: CosignerVerifier
  /** Submission prefix of C2SP tlog-witness. */
  readonly url: string | null
}

/** Met when at least `threshold` of the members are. */
export interface PolicyGroup {
  readonly name: string
  readonly threshold: number
  readonly members: readonly (PolicyWitness | PolicyGroup)[]
}

/** Whom one trusts to say that a checkpoint is the one that everybody sees (C2SP tlog-policy). */
export interface TrustPolicy {
  /** Any of them may have signed; empty where the log is known otherwise. */
  readonly logs: readonly PolicyLog[]
  readonly witnesses: readonly PolicyWitness[]
  /** Null: `quorum none`. */
  readonly quorum: PolicyWitness | PolicyGroup | null
}

/** What a policy says of a checkpoint. */
export interface WitnessedCheckpoint extends Checkpoint {
  readonly log: NoteVerifier
  readonly cosignatures: readonly Cosignature[]
}

/**
 * Reads a policy file; hostile input.
 *
 * @param file Its bytes, or a text that stands for their UTF-8.
 * @throws {TlogError} MALFORMED naming the line
 * @see C2SP tlog-policy, "Policy file syntax and structure"
 */
export function parseTrustPolicy(file: Uint8Array | string): TrustPolicy {
  const bytes = typeof file === 'string' ? utf8(file) : file
  if (bytes.length > MAX_POLICY_BYTES) throw new TlogError('MALFORMED', 'the trust policy is too long')
  const reader = new PolicyReader()
  // Octets over 0x7f mean nothing to the syntax, so a decoding that keeps each apart will do.
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  for (const [i, line] of text.split('\n').entries()) {
    try {
      reader.line(line)
    } catch (cause) {
      const why = cause instanceof TlogError ? cause.message : 'unreadable'
      throw new TlogError('MALFORMED', `the trust policy, line ${i + 1}: ${why}`, { cause })
    }
  }
  return reader.end()
}

/** A policy as text, without its URLs: what a reader needs of it. */
export function formatTrustPolicy({ logs, witnesses, quorum }: TrustPolicy): string {
  const groups: PolicyGroup[] = []
  const visit = (node: PolicyWitness | PolicyGroup): void => {
    if ('key' in node) return
    node.members.forEach(visit)
    groups.push(node)
  }
  if (quorum !== null) visit(quorum)
  return [
    ...logs.map(({ key }) => `log ${key.vkey}`),
    ...witnesses.map(({ name, key }) => `witness ${name} ${key.vkey}`),
    ...groups.map(
      ({ name, threshold, members }) => `group ${[name, threshold, ...members.map((m) => m.name)].join(' ')}`,
    ),
    `quorum ${quorum?.name ?? 'none'}\n`,
  ].join('\n')
}

class PolicyReader {
  readonly #logs: PolicyLog[] = []
  readonly #witnesses: PolicyWitness[] = []
  readonly #named = new Map<string, PolicyWitness | PolicyGroup>()
  readonly #members = new Set<string>()
  #quorum: PolicyWitness | PolicyGroup | null | undefined

  line(line: string): void {
    if (/[\0-\x08\x0b-\x1f\x7f]/.test(line)) throw new TlogError('MALFORMED', 'a control character')
    const items = line.split(/[ \t]+/).filter((item) => item !== '')
    const [keyword = '#', ...rest] = items
    if (keyword.startsWith('#')) return
    if (keyword === 'log') this.#log(rest)
    else if (keyword === 'witness') this.#witness(rest)
    else if (keyword === 'group') this.#group(rest)
    else if (keyword === 'quorum') this.#setQuorum(rest)
    else throw new TlogError('MALFORMED', 'begins with none of log, witness, group, quorum')
  }

  end(): TrustPolicy {
    if (this.#quorum === undefined) throw new TlogError('MALFORMED', 'the trust policy has no quorum line')
    return { logs: this.#logs, witnesses: this.#witnesses, quorum: this.#quorum }
  }

  #log([vkey, url, ...more]: string[]): void {
    if (vkey === undefined || more.length > 0) throw new TlogError('MALFORMED', 'expected: log <vkey> [<url>]')
    const text = toText(vkey)
    const key = splitVkey(text).type === ED25519 ? parseVkey(text) : parseCosignerVkey(text)
    checkNew(this.#logs, key, 'log')
    this.#logs.push({ key, url: url === undefined ? null : toText(url) })
  }

  #witness([name, vkey, url, ...more]: string[]): void {
    if (name === undefined || vkey === undefined || more.length > 0)
      throw new TlogError('MALFORMED', 'expected: witness <name> <vkey> [<url>]')
    const key = parseCosignerVkey(toText(vkey))
    checkNew(this.#witnesses, key, 'witness')
    const witness = { name: toText(name), key, url: url === undefined ? null : toText(url) }
    this.#define(name, witness)
    this.#witnesses.push(witness)
  }

  #group([name, threshold, ...names]: string[]): void {
    if (name === undefined || threshold === undefined || names.length === 0)
      throw new TlogError('MALFORMED', 'expected: group <name> all|any|<k> <name>...')
    const members = names.map((member) => this.#member(member))
    const count = threshold === 'all' ? names.length : threshold === 'any' ? 1 : Number(threshold)
    const written = threshold === 'all' || threshold === 'any' || /^[1-9][0-9]{0,5}$/.test(threshold)
    if (!written || count > names.length)
      throw new TlogError('MALFORMED', `the threshold must be all, any or a number from 1 to ${names.length}`)
    this.#define(name, { name: toText(name), threshold: count, members })
  }

  #setQuorum([name, ...more]: string[]): void {
    if (name === undefined || more.length > 0) throw new TlogError('MALFORMED', 'expected: quorum <name>')
    if (this.#quorum !== undefined) throw new TlogError('MALFORMED', 'a second quorum line')
    this.#quorum = name === 'none' ? null : this.#lookUp(name)
  }

  /** "Each defined name can be listed as a group member at most once." */
  #member(name: string): PolicyWitness | PolicyGroup {
    const member = this.#lookUp(name)
    if (this.#members.has(name)) throw new TlogError('MALFORMED', `${toText(name)} is a member of a group already`)
    this.#members.add(name)
    return member
  }

  #lookUp(name: string): PolicyWitness | PolicyGroup {
    const found = this.#named.get(name)
    if (found === undefined) throw new TlogError('MALFORMED', `${toText(name)} is not defined above`)
    return found
  }

  #define(name: string, what: PolicyWitness | PolicyGroup): void {
    if (name === 'none' || this.#named.has(name)) throw new TlogError('MALFORMED', `${toText(name)} is taken as a name`)
    if (this.#named.size >= 2 * MAX_OF_EACH) throw new TlogError('MALFORMED', 'too many witnesses and groups')
    this.#named.set(name, what)
  }
}

/** Duplicate are two keys with the same material, whatever they are called. */
function checkNew(known: readonly { readonly key: NoteVerifier }[], { publicKey }: NoteVerifier, what: string): void {
  if (known.some(({ key }) => sameBytes(key.publicKey, publicKey)))
    throw new TlogError('MALFORMED', `the key of this ${what} stands above already`)
  if (known.length >= MAX_OF_EACH) throw new TlogError('MALFORMED', `more than ${MAX_OF_EACH} of kind ${what}`)
}

/** Octets, one a character, as the UTF-8 that they are meant to be. */
function toText(octets: string): string {
  const bytes = Uint8Array.from(octets, (character) => character.charCodeAt(0))
  return decodeUtf8(bytes) ?? octets
}

/** Whether these witnesses are enough. */
export function meetsQuorum(policy: TrustPolicy, cosigners: ReadonlySet<CosignerVerifier>): boolean {
  const met = (node: PolicyWitness | PolicyGroup): boolean =>
    'key' in node ? cosigners.has(node.key) : node.members.filter(met).length >= node.threshold
  return policy.quorum === null || met(policy.quorum)
}

/**
 * The checkpoint in a signed note, once a log of the policy has signed it and enough of its witnesses have cosigned it.
 *
 * @param log Where the policy names no log: the key of the one that is meant.
 * @throws {TlogError} MALFORMED, SIGNATURE, WITNESSES
 */
export async function openWitnessed(
  note: Uint8Array | string,
  policy: TrustPolicy,
  log?: NoteVerifier,
): Promise<WitnessedCheckpoint> {
  const witnessed = await readWitnessed(note, policy, log)
  const cosigners = new Set(witnessed.cosignatures.map(({ witness }) => witness))
  if (!meetsQuorum(policy, cosigners))
    throw new TlogError('WITNESSES', `the quorum is not met: ${describeCosigners(policy, witnessed.cosignatures)}`)
  return witnessed
}

/** The same, however few the cosignatures. @throws {TlogError} MALFORMED, SIGNATURE */
export async function readWitnessed(
  note: Uint8Array | string,
  policy: TrustPolicy,
  log?: NoteVerifier,
): Promise<WitnessedCheckpoint> {
  const checkpoint = parseCheckpoint(parseNote(note).text)
  const keys = policy.logs.length > 0 ? policy.logs.map(({ key }) => key) : log === undefined ? [] : [log]
  const ofOrigin = keys.filter((key) => key.name === checkpoint.origin)
  if (ofOrigin.length === 0) throw new TlogError('SIGNATURE', `${checkpoint.origin} is not a log that is trusted here`)
  const { signedBy } = await openNote(note, ofOrigin)
  const [signer] = signedBy
  if (signer === undefined) throw new TlogError('SIGNATURE', 'the note carries no signature of a trusted key')
  const cosignatures = await readCosignatures(
    note,
    policy.witnesses.map(({ key }) => key),
  )
  return { ...checkpoint, log: signer, cosignatures }
}

/** `2 of 3 witnesses cosigned it (a, b)` */
export function describeCosigners(policy: TrustPolicy, cosignatures: readonly Cosignature[]): string {
  const names = policy.witnesses
    .filter(({ key }) => cosignatures.some(({ witness }) => witness === key))
    .map(({ name }) => name)
  const of = `${names.length} of ${policy.witnesses.length} witnesses cosigned it`
  return names.length === 0 ? of : `${of} (${names.join(', ')})`
}
