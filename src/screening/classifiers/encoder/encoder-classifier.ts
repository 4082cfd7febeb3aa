import { availableParallelism } from 'node:os'
import { AppError } from '../../../base/errors.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import type { Label } from '../../taxonomy.ts'
import type { Assessment, Classifier, ClassifyRequest, Scores } from '../classifier.ts'
import { DigestCache } from '../linear/digest-cache.ts'
import { type EncoderInput, type InputShape, windowsOver } from './input.ts'
import {
  type Calibration,
  type Column,
  columnOf,
  columnsOf,
  type EncoderManifest,
  loadEncoder,
  REFUSAL,
  type Side,
  thresholdsOf,
} from './manifest.ts'
import { EncoderPool, type PoolOptions } from './pool.ts'
import { Tally } from './tally.ts'
import { lastUserText, placeIn, textsOf } from './texts.ts'
import { WordPiece } from './word-piece.ts'

export interface EncoderOptions extends Partial<PoolOptions> {
  /** Most windows of one request; see `classify`. */
  readonly maxWindows?: number
  /** Windows whose scores are remembered, by digest, never with their text. */
  readonly rememberedWindows?: number
}

/**
 * One input a run: int8 activations take their scale from the whole batch, so a text's score would depend on whose texts it happens to
 * be batched with, by more than a tenth. A model without that may be batched.
 */
const POOL_DEFAULTS: PoolOptions = {
  workers: Math.max(1, Math.min(2, availableParallelism() - 1)),
  maxQueue: 256,
  maxBatchTokens: 1,
  timeoutMs: 5_000,
  runTimeoutMs: 10_000,
  loadTimeoutMs: 60_000,
  restartMs: 250,
}
const MAX_WINDOWS = 16
const REMEMBERED = 4_096
/** Units of text per window: more than any ordinary window holds, so that the bound on windows bounds tokenizing too. */
const UNITS_PER_WINDOW = 2_048
/** Strictly below 1, which is the test string's alone. */
const MAX_PROBABILITY = 0.999_999

/** A window of a text as the model reads it, with the characters [start, end) of that text which it covers. */
export interface EncoderWindow {
  readonly input: EncoderInput
  readonly start: number
  readonly end: number
}

/**
 * The built-in encoder: a small transformer that reads a prompt, or a completion together with the prompt that it answers. It runs in
 * processes of its own; close it, or they keep the program alive.
 */
export class EncoderClassifier implements Classifier {
  readonly id: string
  readonly covers: Classifier['covers']
  /** Scores from which a label counts as found, as calibrated in training. */
  readonly thresholds: Readonly<Record<Side, Readonly<Partial<Record<Label, number>>>>>
  readonly manifest: EncoderManifest
  readonly maxWindows: number
  readonly #columns: Readonly<Record<Side, readonly Column[]>>
  readonly #tokenizer: WordPiece
  readonly #shape: InputShape
  readonly #pool: EncoderPool
  readonly #remembered: DigestCache<Float32Array>
  readonly #promptIds = new WeakMap<Exchange, readonly number[]>()

  private constructor(
    manifest: EncoderManifest,
    digest: string,
    tokenizer: WordPiece,
    pool: EncoderPool,
    options: EncoderOptions,
  ) {
    this.id = `${manifest.name}@${digest.slice(0, 16)}`
    this.manifest = manifest
    this.#columns = { prompt: columnsOf(manifest, 'prompt'), completion: columnsOf(manifest, 'completion') }
    this.covers = { prompt: labelsOf(this.#columns.prompt), completion: labelsOf(this.#columns.completion) }
    this.thresholds = { prompt: thresholdsOf(manifest, 'prompt'), completion: thresholdsOf(manifest, 'completion') }
    this.maxWindows = options.maxWindows ?? MAX_WINDOWS
    this.#tokenizer = tokenizer
    this.#shape = { ...manifest.input, special: tokenizer.special }
    this.#pool = pool
    this.#remembered = new DigestCache(options.rememberedWindows ?? REMEMBERED)
  }

  /**
   * @param dir folder with `manifest.json` and the files that it names: `assets/encoder` of the installation
   * @param signal ends the loading
   * @throws {AppError} CONFIG_INVALID when a file is missing or can't be used; VERIFICATION_FAILED when one is not the one that the
   *   manifest names; CLASSIFIER_UNAVAILABLE when no process could be started
   */
  static async open(dir: string, options: EncoderOptions = {}, signal?: AbortSignal): Promise<EncoderClassifier> {
    const { manifest, digest, vocabulary, model } = loadEncoder(dir)
    // The processes load the model while the vocabulary is taken in here.
    const opening = EncoderPool.open(model, { ...POOL_DEFAULTS, ...options }, signal)
    try {
      const tokenizer = new WordPiece(vocabulary)
      return new EncoderClassifier(manifest, digest, tokenizer, await opening, options)
    } catch (error) {
      await opening.then((pool) => pool.close()).catch(() => {})
      throw error
    }
  }

  /** What runs now: for metrics and health. */
  get state(): EncoderPool['state'] {
    return this.#pool.state
  }

  /**
   * Judges all windows of all texts. On its own, the encoder reads all or nothing: a request that needs more than `maxWindows` is not
   * judged, since a part that was not read was not judged. (The cascade lets the screen judge what the encoder does not read.)
   *
   * @throws {AppError} REQUEST_TOO_LARGE for too many windows; otherwise as `score`
   */
  async classify(request: ClassifyRequest, signal?: AbortSignal): Promise<Assessment> {
    signal?.throwIfAborted()
    const { side, segments, exchange } = request
    const texts = textsOf(request)
    const units = texts.reduce((sum, { text }) => sum + text.length, 0)
    if (units > this.maxWindows * UNITS_PER_WINDOW) throw tooLarge()
    const windows = texts.flatMap(({ text, first }) =>
      this.windowsOf(side, text, exchange).map((window) => ({ ...window, first })),
    )
    if (windows.length > this.maxWindows) throw tooLarge()
    const scores = await this.score(side, windows, signal)
    const tally = new Tally()
    for (const [at, { first, start, end }] of windows.entries()) {
      const place = placeIn(segments, first, start, end)
      tally.raiseAll(scores[at] ?? {}, () => place)
    }
    return { classifier: this.id, scores: tally.scores, evidence: tally.evidence, testString: false }
  }

  /**
   * The windows of one text, in order; together they hold every token from character `newFrom` on.
   *
   * @param text at most a few tens of thousands of units: time is linear and the event loop waits
   */
  windowsOf(side: Side, text: string, exchange: Exchange, newFrom = 0): EncoderWindow[] {
    const { ids, starts, ends } = this.#tokenizer.encode(text)
    const found = newFrom === 0 ? 0 : ends.findIndex((end) => end > newFrom)
    const firstNew = found < 0 ? ids.length : found
    const prompt = side === 'prompt' ? null : this.#promptOf(exchange)
    return windowsOver(ids, prompt, this.#shape, firstNew).map(({ input, from, to }) => ({
      input,
      start: from === 0 ? 0 : (starts[from] ?? 0),
      end: to === ids.length ? text.length : (ends[to - 1] ?? 0),
    }))
  }

  /**
   * Calibrated scores of each window, per label that the encoder covers on this side. Windows that were scored before, or stand twice,
   * cost nothing.
   *
   * @throws {AppError} OVERLOADED, CLASSIFIER_UNAVAILABLE or SHUTTING_DOWN; the signal's reason when it aborts
   */
  async score(
    side: Side,
    windows: readonly { readonly input: EncoderInput }[],
    signal?: AbortSignal,
  ): Promise<Scores[]> {
    const logits = await this.#logits(
      windows.map(({ input }) => input),
      signal,
    )
    return logits.map((row) => {
      const scores: Scores = {}
      for (const { label, at, calibration } of this.#columns[side])
        scores[label] = probability(calibration, row[at] ?? 0)
      return scores
    })
  }

  /**
   * How likely a completion is a refusal, in [0, 1], judged by its first window; null when this encoder has no such output.
   *
   * @throws {AppError} as `score`
   */
  async refusal(completion: string, exchange: Exchange, signal?: AbortSignal): Promise<number | null> {
    const column = columnOf(this.manifest, REFUSAL)
    if (column === undefined) return null
    const [first] = this.windowsOf('completion', completion.slice(0, UNITS_PER_WINDOW), exchange)
    if (first === undefined) return null
    const [row] = await this.#logits([first.input], signal)
    return probability(column.calibration, row?.[column.at] ?? 0)
  }

  /** Turns waiting work away, lets running work end, and ends the processes. */
  async close(): Promise<void> {
    await this.#pool.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #logits(inputs: readonly EncoderInput[], signal?: AbortSignal): Promise<Float32Array[]> {
    const keys = inputs.map(keyOf)
    const found = new Map<string, Float32Array>()
    const missing = new Map<string, EncoderInput>()
    for (const [at, input] of inputs.entries()) {
      const key = keys[at] ?? ''
      const known = this.#remembered.get(key)
      if (known === undefined) missing.set(key, input)
      else found.set(key, known)
    }
    const rows = await this.#pool.run([...missing.values()], signal)
    for (const [at, key] of [...missing.keys()].entries()) {
      const row = rows[at]
      if (row === undefined) continue
      found.set(key, row)
      this.#remembered.set(key, row)
    }
    return keys.flatMap((key) => found.get(key) ?? [])
  }

  /** The prompt of an exchange is the same for all windows of a stream. */
  #promptOf(exchange: Exchange): readonly number[] {
    let ids = this.#promptIds.get(exchange)
    if (ids === undefined) {
      ids = this.#tokenizer.encode(lastUserText(exchange)).ids
      this.#promptIds.set(exchange, ids)
    }
    return ids
  }
}

function labelsOf(columns: readonly Column[]): ReadonlySet<Label> {
  return new Set(columns.map(({ label }) => label))
}

function probability({ a, b }: Calibration, logit: number): number {
  return Math.min(MAX_PROBABILITY, 1 / (1 + Math.exp(-(a * logit + b))))
}

/** A cryptographic digest of what the model reads. */
function keyOf({ ids, typesFrom }: EncoderInput): string {
  return DigestCache.key(`${typesFrom}:${ids.join(' ')}`)
}

function tooLarge(): AppError {
  return new AppError('REQUEST_TOO_LARGE', 'the text is longer than the encoder reads for one request')
}
