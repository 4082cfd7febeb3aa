import { Chores } from '../base/chores.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import {
  type CosignerVerifier,
  checkDisclosure,
  type Disclosure,
  formatTrustPolicy,
  type LogSource,
  type Misbehaviour,
  meetsQuorum,
  misbehaviourBetween,
  type NoteVerifier,
  parseCheckpoint,
  parseNote,
  parseVkey,
  TileReader,
  TlogError,
  type TrustPolicy,
} from '../ledger/index.ts'
import { type Send, type SignedHead, WitnessClient, type WitnessFailure } from './witness-client.ts'

/** Heads that wait for cosignatures at a time: a slow witness may still answer for one of some seconds ago. */
const MAX_HEADS = 32
const FIRST_RETRY_MS = 1_000
const MAX_RETRY_MS = 60_000

/** The log that asks. */
export interface WitnessedLog {
  readonly vkey: string
  /** The newest signed note. */
  checkpoint(): string
  /** Its public files. */
  readonly tiles: LogSource
}

export interface WitnessingOptions {
  readonly policy: TrustPolicy
  readonly ledger: WitnessedLog
  readonly clock: Clock
  readonly log: Log
  /** How often witnesses are asked about what is new. */
  readonly intervalMs: number
  /** How long one of them may take. */
  readonly timeoutMs: number
  /** For how long entries may be without a quorum before the log counts as unwitnessed. */
  readonly maxLagMs: number
  /** A log that stands still is cosigned anew after this, so that readers see that it is still looked at. */
  readonly refreshMs: number
  readonly send?: Send
  /** Keeps the note that has the quorum where others look for it. One call at a time. */
  readonly keep?: (note: string) => Promise<void>
  /** Told of a proof that this log showed a witness another history. */
  readonly onMisbehaviour?: (proof: Misbehaviour) => Promise<void>
}

/** Who vouches that everybody is shown the same log. */
export interface WitnessState {
  /** Whether the newest checkpoint, or one at most `maxLagMs` older, has the quorum of the trust policy. */
  readonly witnessed: boolean
  /** Names of those who cosigned the checkpoint that is served. */
  readonly by: readonly string[]
  /** Witnesses in the trust policy. */
  readonly of: number
  /** Entries under the newest checkpoint that has the quorum; null when there is none. */
  readonly size: number | null
  /** When the last of them cosigned it, ms since 1970. */
  readonly atMs: number | null
  /** What is wrong with which witness, in public words. */
  readonly problems: readonly { readonly witness: string; readonly words: string }[]
}

/** One head and who cosigned it. */
interface Head extends SignedHead {
  readonly seenMs: number
  readonly cosigned: Map<CosignerVerifier, { readonly line: string; readonly timestamp: number }>
}

/** What is remembered of one witness. */
interface Asked {
  readonly client: WitnessClient
  busy: boolean
  /** Size of the newest tree that it holds; 0 when it never said. */
  size: number
  problem: WitnessFailure | null
  retryMs: number
  nextMs: number
}

/**
 * Asks the witnesses of a trust policy to cosign a log's checkpoints, beside its appends and never before them. What is served is the newest
 * checkpoint that has the quorum, for as long as it is not more than `maxLagMs` behind; then the newest, with what cosignatures it has.
 */
export class Witnessing implements AsyncDisposable {
  readonly #options: WitnessingOptions
  readonly #chores: Chores
  readonly #key: NoteVerifier
  readonly #asked: readonly Asked[]
  /** Oldest first. */
  #heads: Head[] = []
  /** The largest that has the quorum. */
  #best: Head | null = null
  readonly #running = new Set<Promise<void>>()
  #keeping: Promise<void> = Promise.resolve()
  #servedSize = 0

  /** @throws {TlogError} MALFORMED when the policy names other logs and not this one, or a witness without a URL */
  constructor(options: WitnessingOptions) {
    const { policy, ledger, timeoutMs, send, log } = options
    this.#options = options
    this.#key = parseVkey(ledger.vkey)
    if (policy.logs.length > 0 && !policy.logs.some(({ key }) => key.vkey === ledger.vkey))
      throw new TlogError('MALFORMED', `the trust policy does not name this log: add the line "log ${ledger.vkey}"`)
    this.#asked = policy.witnesses.map((witness) => {
      if (witness.url === null || !/^https?:\/\//.test(witness.url))
        throw new TlogError(
          'MALFORMED',
          `the witness ${witness.name} has no URL in the trust policy: this log must ask it`,
        )
      const client = new WitnessClient(witness, witness.url, timeoutMs, send)
      return { client, busy: false, size: 0, problem: null, retryMs: FIRST_RETRY_MS, nextMs: 0 }
    })
    this.#chores = new Chores(log)
  }

  start(): void {
    const { intervalMs } = this.#options
    this.#chores.every(intervalMs, 'witnesses not asked', async () => this.turn(), { first: 'now' })
  }

  /** Looks at the newest checkpoint and asks whoever has not cosigned it. Returns at once. */
  turn(): void {
    const head = this.#newest()
    for (const asked of this.#asked) {
      if (!this.#isDue(asked, head)) continue
      asked.busy = true
      const done = this.#ask(asked, head)
        .catch((err: unknown) =>
          this.#options.log.warn({ err, witness: asked.client.witness.name }, 'witness not asked'),
        )
        .finally(() => {
          asked.busy = false
          this.#running.delete(done)
        })
      this.#running.add(done)
    }
  }

  /** Resolves when nobody is being asked. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  /** The note to serve as the log's checkpoint; never one over a smaller tree than was served before. */
  served(): string {
    const newest = this.#newest()
    const best = this.#best
    const head = best !== null && best.size >= this.#servedSize && this.#isFresh(best) ? best : newest
    this.#servedSize = head.size
    return withCosignatures(head, this.#options.policy)
  }

  /** The trust policy for readers: this log, the same witnesses and quorum, without addresses, which are for the log to ask at. */
  trustPolicy(): string {
    const { policy, ledger } = this.#options
    return formatTrustPolicy({ ...policy, logs: [{ key: parseVkey(ledger.vkey), url: null }] })
  }

  /** The largest note that has the quorum, however old; null when there is none. */
  witnessedNote(): string | null {
    return this.#best === null ? null : withCosignatures(this.#best, this.#options.policy)
  }

  /** The same proof under the newest checkpoint that has the quorum, where that one covers its entry: worth more to who is handed it. */
  async strengthen(proof: Disclosure): Promise<Disclosure> {
    const best = this.#best
    if (best === null || best.size <= proof.position) return proof
    const inclusion = await new TileReader(this.#options.ledger.tiles, best.size).inclusionProof(proof.position)
    const stronger = {
      ...proof,
      inclusion: inclusion.map((hash) => Buffer.from(hash).toString('base64')),
      checkpoint: withCosignatures(best, this.#options.policy),
    }
    checkDisclosure(stronger, parseCheckpoint(best.text))
    return stronger
  }

  state(): WitnessState {
    const { policy } = this.#options
    const witnessed = policy.quorum !== null && this.#best !== null && this.#isFresh(this.#best)
    const best = this.#best
    const by = policy.witnesses.filter(({ key }) => best?.cosigned.has(key)).map(({ name }) => name)
    const times = best === null ? [] : [...best.cosigned.values()].map(({ timestamp }) => timestamp * 1000)
    const problems = this.#asked.flatMap(({ client, problem }) =>
      problem === null ? [] : [{ witness: client.witness.name, words: wordsOf(problem) }],
    )
    return {
      witnessed,
      by,
      of: policy.witnesses.length,
      size: best?.size ?? null,
      atMs: times.length === 0 ? null : Math.max(...times),
      problems,
    }
  }

  async close(): Promise<void> {
    await this.#chores.close()
    await this.settled()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** The newest head, held from now on. */
  #newest(): Head {
    const note = this.#options.ledger.checkpoint()
    const known = this.#heads.find((head) => head.note === note)
    if (known !== undefined) return known
    const { text } = parseNote(note)
    const { origin, size } = parseCheckpoint(text)
    const head: Head = { origin, size, text, note, seenMs: this.#options.clock.monotonic(), cosigned: new Map() }
    // The best and the oldest that waits stay: from that one is told how long nothing was witnessed.
    if (this.#heads.length >= MAX_HEADS) this.#heads.splice(2, 1)
    this.#heads.push(head)
    return head
  }

  #isDue(asked: Asked, head: Head): boolean {
    const { clock, refreshMs } = this.#options
    if (asked.busy || clock.monotonic() < asked.nextMs) return false
    const cosigned = head.cosigned.get(asked.client.witness.key)
    return cosigned === undefined || clock.now() - cosigned.timestamp * 1000 >= refreshMs
  }

  async #ask(asked: Asked, head: Head): Promise<void> {
    const { clock, log } = this.#options
    const { witness } = asked.client
    let reply = await asked.client.cosign(head, asked.size, await this.#proof(asked.size, head), clock.now())
    if (!reply.ok && reply.failure.kind === 'behind' && reply.failure.size <= head.size) {
      asked.size = reply.failure.size
      reply = await asked.client.cosign(head, asked.size, await this.#proof(asked.size, head), clock.now())
    }
    if (reply.ok) {
      if (asked.problem !== null) log.info({ witness: witness.name }, 'the witness cosigns again')
      Object.assign(asked, { problem: null, retryMs: FIRST_RETRY_MS, nextMs: 0, size: head.size })
      head.cosigned.set(witness.key, { line: reply.line, timestamp: reply.timestamp })
      this.#consider(head)
      if (this.#best === head) await this.#keep(head)
      return
    }
    // Another replica was quicker with a newer checkpoint of this log.
    if (reply.failure.kind === 'behind' && reply.failure.size <= this.#newest().size) return
    await this.#failed(asked, head, reply.failure)
  }

  async #failed(asked: Asked, head: Head, failure: WitnessFailure): Promise<void> {
    const { clock, log } = this.#options
    if (asked.problem === null || wordsOf(asked.problem) !== wordsOf(failure))
      log.warn({ witness: asked.client.witness.name, reason: wordsOf(failure) }, 'the witness does not cosign')
    asked.problem = failure
    asked.nextMs = clock.monotonic() + asked.retryMs
    asked.retryMs = Math.min(MAX_RETRY_MS, asked.retryMs * 2)
    if (failure.kind === 'contradicts' || failure.kind === 'behind') await this.#compare(asked, head)
  }

  /** Whoever says that it saw another history may have the proof of it: our signature under one. */
  async #compare(asked: Asked, head: Head): Promise<void> {
    const { log, ledger, onMisbehaviour } = this.#options
    const theirs = await asked.client.newest(head.origin)
    if (theirs === null) return
    const proof = await misbehaviourBetween(theirs, { note: head.note, tiles: ledger.tiles }, this.#key).catch(
      () => null,
    )
    if (proof === null) return
    log.error(
      { witness: asked.client.witness.name, size: head.size },
      'a witness holds another history under the signature of this log: its key was used elsewhere, or it was put back to an earlier state',
    )
    await onMisbehaviour?.(proof)
  }

  #keep(head: Head): Promise<void> {
    const { keep, policy, log } = this.#options
    if (keep === undefined) return Promise.resolve()
    this.#keeping = this.#keeping
      .then(() => (this.#best === head ? keep(withCosignatures(head, policy)) : undefined))
      .catch((err: unknown) => log.warn({ err }, 'the witnessed checkpoint could not be kept'))
    return this.#keeping
  }

  /** From the tree that the witness holds. */
  #proof(oldSize: number, head: Head): Promise<Uint8Array[]> {
    if (oldSize === 0 || oldSize >= head.size) return Promise.resolve([])
    return new TileReader(this.#options.ledger.tiles, head.size).consistencyProof(oldSize)
  }

  #consider(head: Head): void {
    if (this.#best !== null && head.size < this.#best.size) return
    if (!meetsQuorum(this.#options.policy, new Set(head.cosigned.keys()))) return
    this.#best = head
    this.#heads = this.#heads.filter((other) => other === head || other.size > head.size)
  }

  /** Whether nothing larger has waited for its quorum for too long. */
  #isFresh(best: Head): boolean {
    this.#newest()
    const waiting = this.#heads.filter((head) => head.size > best.size)
    const { clock, maxLagMs } = this.#options
    return waiting.every((head) => clock.monotonic() - head.seenMs <= maxLagMs)
  }
}

function withCosignatures(head: Head, policy: TrustPolicy): string {
  return head.note + policy.witnesses.map(({ key }) => head.cosigned.get(key)?.line ?? '').join('')
}

function wordsOf(failure: WitnessFailure): string {
  return failure.kind === 'behind'
    ? `holds ${failure.size} entries of this log, more than there are here`
    : failure.words
}
