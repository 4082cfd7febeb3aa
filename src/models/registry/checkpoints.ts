import { iso, SKEW_MS } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { type Page, type PageQuery, readPage } from '../../base/page.ts'
import type { Db } from '../../db/index.ts'
import { type Happening, put, type RecordKind } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { records } from '../records/index.ts'
import { conflict, notFound, pastTime, type RegistryContext } from './context.ts'
import { CHECKPOINT, MODEL, RUN } from './kinds.ts'
import { newLine, registered } from './lines.ts'
import { Checkpoint, NewCheckpoint, Sha256 } from './schema.ts'

interface Weights {
  readonly digest: string
  readonly checkpoint: string
  readonly at: string
}

/** Which checkpoint these bytes are, so that the same weights don't come under two names. */
const WEIGHTS: RecordKind<Weights> = {
  kind: 'weights',
  schema: Checkpoint.pick({}).extend({ digest: Sha256, checkpoint: Checkpoint.shape.id, at: Checkpoint.shape.takenAt }),
  columns: ({ digest, at }) => ({ id: digest, at }),
}

/** States of the weights, in the order in which they were trained. */
export class Checkpoints {
  readonly #context: RegistryContext

  constructor(context: RegistryContext) {
    this.#context = context
  }

  /**
   * Records one. A model line that is not known yet begins with it.
   *
   * @throws {AppError} REQUEST_INVALID for a time to come; CONFLICT for a name, or weights, that stand already, for compute that shrinks, for
   *   time that runs backwards; NOT_FOUND for a parent or a run that nobody recorded.
   */
  async record(input: NewCheckpoint, by: Actor): Promise<Checkpoint> {
    const given = NewCheckpoint.parse(input)
    const { clock, journal } = this.#context
    const takenAt = pastTime(clock, given.takenAt, 'takenAt')
    return journal.make(by, async (db) => {
      const known = await records.find(db, MODEL, given.model)
      const line = known ?? newLine({ model: given.model }, clock.now(), by)
      const recordedAt = iso(clock.now())
      const checkpoint: Checkpoint = {
        ...given,
        id: `${given.model}/${given.checkpoint}`,
        lossSet: given.lossSet ?? (given.loss === null ? null : (line.family?.lossSet ?? null)),
        takenAt,
        recordedAt,
        recordedBy: by.id,
      }
      await this.#check(db, checkpoint)
      const puts = [put(CHECKPOINT, checkpoint)]
      if (checkpoint.weightsDigest !== null) {
        puts.push(put(WEIGHTS, { digest: checkpoint.weightsDigest, checkpoint: checkpoint.id, at: recordedAt }))
      }
      if (known === null) puts.unshift(put(MODEL, line))
      const events = known === null ? [registered(line), recorded(checkpoint)] : [recorded(checkpoint)]
      return { events, puts, result: checkpoint }
    })
  }

  /** @throws {AppError} NOT_FOUND */
  async get(id: string): Promise<Checkpoint> {
    const checkpoint = await records.find(this.#context.db.db, CHECKPOINT, id)
    if (checkpoint === null) throw notFound(`the checkpoint ${id}`)
    return checkpoint
  }

  /** Those of these ids that are recorded, by id. */
  many(ids: Iterable<string>): Promise<ReadonlyMap<string, Checkpoint>> {
    return records.findMany(this.#context.db.db, CHECKPOINT, ids)
  }

  /** The one that was taken last, of a line or of one run; null when there is none. */
  async latest(model: string, run?: string): Promise<Checkpoint | null> {
    return latest(this.#context.db.db, model, run)
  }

  /** The one whose weights have this digest; null when nobody recorded it. */
  async ofWeights(digest: string): Promise<Checkpoint | null> {
    const weights = await records.find(this.#context.db.db, WEIGHTS, digest)
    return weights === null ? null : records.find(this.#context.db.db, CHECKPOINT, weights.checkpoint)
  }

  /** By id, of one line or of all. */
  list({ model, after, limit }: PageQuery & { readonly model?: string | undefined }): Promise<Page<Checkpoint>> {
    return readPage(limit, (most) => records.list(this.#context.db.db, CHECKPOINT, { model, after, limit: most }))
  }

  /** Of one line, the newest first: for a drawing. @param limit at most 20,000 */
  newest(model: string, limit: number): Promise<Checkpoint[]> {
    return records.list(this.#context.db.db, CHECKPOINT, { model, order: 'latest', limit: Math.min(limit, 20_000) })
  }

  async #check(db: Db, checkpoint: Checkpoint): Promise<void> {
    const { id, model, run, parent, weightsDigest } = checkpoint
    if ((await records.find(db, CHECKPOINT, id)) !== null) {
      throw conflict(`the checkpoint ${id} is recorded already, and stands as it was recorded: choose another name`)
    }
    if (checkpoint.loss === null && checkpoint.lossSet !== null) {
      throw new AppError('REQUEST_INVALID', 'lossSet is given, but no loss')
    }
    const same = weightsDigest === null ? null : await records.find(db, WEIGHTS, weightsDigest)
    if (same !== null) throw conflict(`these weights are recorded already, as ${same.checkpoint}`)
    if (new Set(checkpoint.gains.map(({ method }) => method)).size < checkpoint.gains.length) {
      throw new AppError('REQUEST_INVALID', 'gains: a method stands there twice')
    }
    const newest = await latest(db, model)
    if (newest !== null && Date.parse(newest.recordedAt) > Date.parse(checkpoint.recordedAt) + SKEW_MS) {
      const { recordedAt } = checkpoint
      throw conflict(
        `the clock says ${recordedAt}, before ${newest.id} was recorded (${newest.recordedAt}): set it right`,
      )
    }
    const ofRun = run === null ? null : await this.#runStart(db, model, run)
    const before = parent === null ? ofRun : await records.find(db, CHECKPOINT, parent)
    if (parent !== null && before === null) throw notFound(`the parent ${parent}`)
    if (before !== null) follows(checkpoint, before)
    if (ofRun !== null && ofRun !== before) follows(checkpoint, ofRun)
    if (before === null && newest !== null) follows(checkpoint, newest)
  }

  /** What the next checkpoint of a run comes after: its last one, or the one that it began from. */
  async #runStart(db: Db, model: string, name: string): Promise<Checkpoint | null> {
    const last = await latest(db, model, name)
    if (last !== null) return last
    const run = await records.find(db, RUN, `${model}/${name}`)
    return run === null || run.parent === null ? null : records.find(db, CHECKPOINT, run.parent)
  }
}

async function latest(db: Db, model: string, run?: string): Promise<Checkpoint | null> {
  const [found] = await records.list(db, CHECKPOINT, { model, about: run, order: 'latest', limit: 1 })
  return found ?? null
}

/** @throws {AppError} CONFLICT */
function follows(checkpoint: Checkpoint, before: Checkpoint): void {
  if (checkpoint.flops < before.flops) {
    throw conflict(
      `flops are cumulative: ${checkpoint.flops} is less than the ${before.flops} of ${before.id}; if it was trained on from another checkpoint, name that as its parent`,
    )
  }
  if (Date.parse(checkpoint.takenAt) < Date.parse(before.takenAt)) {
    throw conflict(
      `it was taken at ${checkpoint.takenAt}, before ${before.id} (${before.takenAt}), which it comes after`,
    )
  }
}

function recorded({ id, flops, loss, takenAt, run, parent, receipt, weightsDigest, gains }: Checkpoint): Happening {
  return {
    kind: 'models.checkpoint_recorded',
    subject: { type: 'checkpoint', id },
    digests: weightsDigest === null ? {} : { weights: weightsDigest },
    data: {
      flops,
      loss,
      takenAt,
      run,
      parent,
      receipt,
      gains: gains.map(({ method, factor }) => ({ method, factor })),
    },
  }
}
