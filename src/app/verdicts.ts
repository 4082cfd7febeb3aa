import { z } from 'zod'
import { Chores } from '../base/chores.ts'
import { AppError } from '../base/errors.ts'
import { type JournalDeps, put, type RecordKind } from '../journal/index.ts'
import { Assessment, type Evaluations } from '../models/evaluation/index.ts'
import { modelsJournal, records } from '../models/records/index.ts'
import type { Response } from '../models/response/index.ts'

const BY = { type: 'system', id: 'evaluations' } as const
const WATCH_MS = 2_000

/** What has followed from an assessment already. */
interface Followed {
  readonly id: string
  readonly model: string
  readonly at: string
}
const FOLLOWED: RecordKind<Followed> = {
  kind: 'verdict_followed',
  schema: z.object({ id: z.string(), model: z.string(), at: z.string() }),
  columns: ({ id, model, at }) => ({ id, model, at }),
}

export interface VerdictsDeps extends JournalDeps {
  readonly evaluations: Evaluations
  readonly response: Pick<Response, 'cases' | 'incidents' | 'meet'>
  readonly log: ConstructorParameters<typeof Chores>[0]
}

/**
 * What follows from evaluations by itself: an assessment that begins or ends moves the training of its line, and results that meet a line
 * halt what is deployed (2d), at once and without anybody's leave. Told at once by the room of evaluations, and read from the store every
 * two seconds, so that nothing is lost with a process that stops between the verdict and what follows.
 */
export class Verdicts implements AsyncDisposable {
  readonly #deps: VerdictsDeps
  readonly #journal: ReturnType<typeof modelsJournal>
  readonly #chores: Chores
  #seen = -1
  #turn: Promise<void> = Promise.resolve()

  constructor(deps: VerdictsDeps) {
    this.#deps = deps
    this.#journal = modelsJournal('models.verdicts', deps)
    this.#chores = new Chores(deps.log)
  }

  async start(): Promise<void> {
    await this.#journal.recover()
    this.#deps.evaluations.assessments.listen(() => this.#chores.now('verdicts not followed', () => this.catchUp()))
    this.#chores.every(WATCH_MS, 'verdicts not followed', () => this.catchUp(), { first: 'now' })
  }

  /** Follows what has changed, one at a time. Rejects with what can't be done now: it stays to be done. */
  catchUp(): Promise<void> {
    this.#turn = this.#turn.catch(() => {}).then(() => this.#follow())
    return this.#turn
  }

  async #follow(): Promise<void> {
    for (const { body, version } of await records.changedSince(this.#deps.db, ['assessment'], this.#seen)) {
      const assessment = Assessment.parse(JSON.parse(body))
      await this.#once(assessment, 'opened', () => this.#opened(assessment))
      if (assessment.lineMet !== null || assessment.verdict === 'MET') {
        await this.#once(assessment, 'met', () => this.#met(assessment))
      } else if (assessment.verdict === 'BELOW') {
        await this.#once(assessment, 'below', () => this.#below(assessment))
      } else if (assessment.verdict === 'INCONCLUSIVE') {
        await this.#once(assessment, 'inconclusive', () => this.#step(assessment, 'find_inconclusive'))
      }
      if (assessment.clearedAt !== null) await this.#once(assessment, 'cleared', () => this.#cleared(assessment))
      this.#seen = Math.max(this.#seen, version)
    }
  }

  /** Done before it is noted: cut off in between it is done twice, and every step refuses to be taken twice. */
  async #once({ id, model }: Assessment, what: string, work: () => Promise<void>): Promise<void> {
    const { db, clock } = this.#deps
    const key = `${id}/${what}`
    if ((await records.find(db, FOLLOWED, key)) !== null) return
    await work()
    const followed = { id: key, model, at: new Date(clock.now()).toISOString() }
    await this.#journal.make(BY, async () => ({ events: [], puts: [put(FOLLOWED, followed)], result: null }))
  }

  async #opened(assessment: Assessment): Promise<void> {
    // Concluded already too, where nobody looked in between: what it came to leads on from there. Where training stands still, the step leads
    // nowhere: evaluating again is for the RSO to say.
    if (assessment.state !== 'withdrawn') await this.#step(assessment, 'evaluate')
  }

  async #met(assessment: Assessment): Promise<void> {
    const { id, model, lineMet } = assessment
    const reason = `results met the line of ${lineMet?.suite ?? 'a suite'} (${id})`
    await this.#deps.response.meet(model, { ...by(id), reason })
  }

  async #below(assessment: Assessment): Promise<void> {
    const { id, model, reportDigest } = assessment
    const { cases } = this.#deps.response
    const training = await cases.training(model)
    if (training.state !== 'evaluating' && training.state !== 'reassessing') return
    await possible(() => cases.show(training.id, { kind: 'verdict_below', reference: id, digest: reportDigest }, BY))
    await this.#step(assessment, training.state === 'evaluating' ? 'find_below' : 'find_below_again')
  }

  async #cleared({ id, model, openedAt, reportDigest }: Assessment): Promise<void> {
    const { cases } = this.#deps.response
    const training = await cases.training(model)
    await possible(() =>
      cases.show(training.id, { kind: 'assessment_cleared', reference: id, digest: reportDigest }, BY),
    )
    await possible(() => cases.take(training.id, 'clear_assessed', by(id)))
    for (const of of await cases.list({ machine: 'deployment', model })) {
      // Only what was found since the halt reopens anything.
      const incident = of.incident === null ? null : await this.#deps.response.incidents.get(of.incident)
      if (incident === null || openedAt < incident.openedAt) continue
      await possible(() => cases.show(of.id, { kind: 'cleared_below', reference: id, digest: reportDigest }, BY))
    }
  }

  async #step({ id, model }: Assessment, step: string): Promise<void> {
    const { cases } = this.#deps.response
    await possible(() => cases.take(`training/${model}`, step, by(id)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chores.close()
  }
}

function by(assessment: string) {
  return { takers: 'system', actor: BY, approval: null, reason: `assessment ${assessment}` } as const
}

/** What can't be done from where things stand needs no doing; whatever else fails is tried again. */
async function possible(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof AppError && (error.code === 'CONFLICT' || error.code === 'NOT_FOUND')) return
    throw error
  }
}
