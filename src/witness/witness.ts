import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import {
  type AddCheckpoint,
  type Checkpoint,
  type Cosigner,
  type CosignerVerifier,
  contradiction,
  EMPTY_ROOT,
  type NoteVerifier,
  openNote,
  parseAddCheckpoint,
  parseCheckpoint,
  parseCosignerVkey,
  parseNote,
  readCosignatures,
  sameHash,
  signatureLine,
  TlogError,
  TREE_SIZE_TYPE,
  verifyConsistency,
} from '../ledger/index.ts'
import { originHash, type WitnessStore } from './witness-store.ts'

const TEXT = 'text/plain; charset=utf-8'
/** The same checkpoint asked again within this gets the same cosignature: a stranger who repeats requests costs no sync of the disk. */
const REPEAT_SECONDS = 1

/** An answer of C2SP tlog-witness. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422 | 500
  readonly contentType: string
  readonly body: string
}

/** The newest checkpoint of a log that this witness cosigned. */
interface Latest {
  readonly checkpoint: Checkpoint
  /** As it is served: the log's signatures and ours. */
  readonly note: string
  /** Our signature line. */
  readonly line: string
  /** Seconds since 1970. */
  readonly timestamp: number
}

/** A checkpoint that a log of ours signed. */
interface Submitted extends AddCheckpoint {
  readonly hash: string
  readonly head: Checkpoint
  /** Text and the log's own signatures. */
  readonly signed: string
}

export interface WitnessOptions {
  readonly cosigner: Cosigner
  readonly store: WitnessStore
  readonly clock: Clock
  readonly log: Log
}

/**
 * Says of each log's checkpoints that they continue what it saw before, and of no two that contradict each other: for each log it holds
 * the newest, on the disk before anybody has its cosignature. One process at a time for a store.
 */
export class Witness {
  readonly #options: WitnessOptions
  readonly #own: CosignerVerifier
  /** By origin hash. Once read, the memory is the truth: nobody else writes. */
  readonly #latest = new Map<string, Latest>()
  /** By origin hash: the last of the requests that stand in line. */
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(options: WitnessOptions) {
    this.#options = options
    this.#own = parseCosignerVkey(options.cosigner.vkey)
  }

  get vkey(): string {
    return this.#own.vkey
  }

  get name(): string {
    return this.#own.name
  }

  /** Answers `add-checkpoint`. @param body Hostile input. @see C2SP tlog-witness, "add-checkpoint" */
  async addCheckpoint(body: Uint8Array): Promise<WitnessAnswer> {
    try {
      const submitted = await this.#accept(body)
      return 'status' in submitted ? submitted : await this.#inTurn(submitted)
    } catch (err) {
      this.#options.log.error({ err }, 'a checkpoint could not be witnessed')
      return answer(500, 'the witness failed; nothing was cosigned')
    }
  }

  /** The newest cosigned checkpoint of a log, or null. @param hash Of its origin. */
  async checkpoint(hash: string): Promise<string | null> {
    return (await this.#read(hash))?.note ?? null
  }

  /** What is watched, and how far it came. */
  async logs(): Promise<
    { hash: string; keys: readonly NoteVerifier[]; size: number | null; timestamp: number | null }[]
  > {
    const hashes = await this.#options.store.logs()
    return Promise.all(
      hashes.map(async (hash) => {
        const latest = await this.#read(hash)
        const keys = (await this.#options.store.keys(hash)) ?? []
        return { hash, keys, size: latest?.checkpoint.size ?? null, timestamp: latest?.timestamp ?? null }
      }),
    )
  }

  /** Reads a request and checks that a log that is watched signed what it brings. */
  async #accept(body: Uint8Array): Promise<Submitted | WitnessAnswer> {
    let request: AddCheckpoint
    let head: Checkpoint
    try {
      request = parseAddCheckpoint(body)
      head = parseCheckpoint(parseNote(request.checkpoint).text)
    } catch (error) {
      return answer(400, reasonOf(error))
    }
    const hash = originHash(head.origin)
    const keys = await this.#options.store.keys(hash)
    if (keys === null) return answer(404, 'this log is not watched here')
    try {
      const { text, signedBy } = await openNote(request.checkpoint, keys)
      return { ...request, hash, head, signed: `${text}\n${linesOf(request.checkpoint, signedBy)}` }
    } catch (error) {
      return answer(403, reasonOf(error))
    }
  }

  /** One request for a log at a time: between looking at the newest and replacing it nobody else may come. */
  #inTurn(submitted: Submitted): Promise<WitnessAnswer> {
    const { hash } = submitted
    const turn = (this.#turns.get(hash) ?? Promise.resolve()).then(() => this.#consider(submitted))
    const settled = turn.catch(() => undefined)
    this.#turns.set(hash, settled)
    void settled.then(() => {
      if (this.#turns.get(hash) === settled) this.#turns.delete(hash)
    })
    return turn
  }

  async #consider(submitted: Submitted): Promise<WitnessAnswer> {
    const { oldSize, head } = submitted
    const latest = await this.#read(submitted.hash)
    if (latest !== null) await this.#noteContradiction(submitted, latest)
    if (oldSize > head.size) return answer(400, 'the old size is larger than the checkpoint')
    const known = latest?.checkpoint.size ?? 0
    if (oldSize !== known) return { status: 409, contentType: TREE_SIZE_TYPE, body: `${known}\n` }
    const fault = faultOf(submitted, latest)
    if (fault !== null) return answer(422, fault)
    return { status: 200, contentType: TEXT, body: await this.#cosign(submitted, latest) }
  }

  /** On the disk first, then told. */
  async #cosign({ hash, head, signed }: Submitted, latest: Latest | null): Promise<string> {
    const { cosigner, clock, store } = this.#options
    // A clock that was put back must not make us say that at a later time we had seen less.
    const timestamp = Math.max(Math.floor(clock.now() / 1000), latest?.timestamp ?? 1)
    const repeated = latest !== null && textOf(latest.note) === textOf(signed)
    if (repeated && timestamp - latest.timestamp < REPEAT_SECONDS) return latest.line
    const line = await cosigner.cosign(textOf(signed), timestamp)
    const note = `${signed}${line}`
    await store.saveCheckpoint(hash, note)
    this.#latest.set(hash, { checkpoint: head, note, line, timestamp })
    return line
  }

  /** Two heads that one log signed and that can't both be true are kept: whoever has its key can check them. */
  async #noteContradiction({ hash, head, proof, checkpoint, oldSize }: Submitted, latest: Latest): Promise<void> {
    const comparable = head.size === latest.checkpoint.size || oldSize === latest.checkpoint.size
    if (!comparable) return
    const path = head.size === latest.checkpoint.size ? [] : proof
    const found = contradiction(latest, { note: checkpoint, checkpoint: head }, path)
    if (found === null) return
    const file = await this.#options.store.saveMisbehaviour(hash, head.size, found)
    this.#options.log.error({ origin: head.origin, size: head.size, file }, 'a log signed two histories')
  }

  async #read(hash: string): Promise<Latest | null> {
    const known = this.#latest.get(hash)
    if (known !== undefined) return known
    const loaded = await this.#load(hash)
    // Another may have cosigned a newer one while this was read.
    if (loaded !== null && !this.#latest.has(hash)) this.#latest.set(hash, loaded)
    return this.#latest.get(hash) ?? null
  }

  /** @throws {AppError} VERIFICATION_FAILED: what is not ours, or damaged, must not be taken for "nothing seen". */
  async #load(hash: string): Promise<Latest | null> {
    const note = await this.#options.store.checkpoint(hash)
    if (note === null) return null
    try {
      const checkpoint = parseCheckpoint(parseNote(note).text)
      const [cosignature] = await readCosignatures(note, [this.#own])
      if (cosignature === undefined || originHash(checkpoint.origin) !== hash)
        throw new TlogError('SIGNATURE', 'this witness did not cosign it')
      return { checkpoint, note, line: linesOf(note, [this.#own]), timestamp: cosignature.timestamp }
    } catch (cause) {
      throw new AppError('VERIFICATION_FAILED', `the stored checkpoint of ${hash} is damaged: restore nothing older`, {
        cause,
      })
    }
  }
}

/** Why the new tree can't be cosigned after the one known; null when it continues it. The old size is that of the known. */
function faultOf({ oldSize, head, proof }: Submitted, latest: Latest | null): string | null {
  if (head.size === 0 && !sameHash(head.root, EMPTY_ROOT)) return 'the root of an empty tree is another'
  if (oldSize === 0) return proof.length > 0 ? 'from an old size of 0 there is nothing to prove' : null
  try {
    verifyConsistency(oldSize, head.size, proof, latest?.checkpoint.root ?? EMPTY_ROOT, head.root)
    return null
  } catch (error) {
    return reasonOf(error)
  }
}

/** The signature lines of these keys. */
function linesOf(note: string, keys: readonly NoteVerifier[]): string {
  return parseNote(note)
    .signatures.filter(({ name, id }) => keys.some((key) => key.name === name && key.id === id))
    .map((signature) => signatureLine(signature, signature.signature))
    .join('')
}

function textOf(note: string): string {
  return parseNote(note).text
}

function answer(status: WitnessAnswer['status'], words: string): WitnessAnswer {
  return { status, contentType: TEXT, body: `${words}\n` }
}

function reasonOf(error: unknown): string {
  if (error instanceof TlogError) return error.message
  throw error
}
