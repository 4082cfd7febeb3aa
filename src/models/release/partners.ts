import { AppError } from '../../base/errors.ts'
import type { Db } from '../../db/index.ts'
import { type JournalDeps, put, type RecordKind } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { modelsJournal, records } from '../records/index.ts'
import type { Deployment, Registry } from '../registry/index.ts'
import { NewPartnerBinding, PartnerBinding, SAFEGUARDS } from './schema.ts'

const BINDING: RecordKind<PartnerBinding> = {
  kind: 'partner_binding',
  schema: PartnerBinding,
  columns: ({ deployment, surface, boundAt }) => ({ id: `${deployment}/${surface}`, about: deployment, at: boundAt }),
}

export interface PartnersDeps extends JournalDeps {
  readonly registry: Pick<Registry, 'deployments'>
}

/**
 * What binds those who distribute a model elsewhere: an agreement on the same safeguards, looked at by somebody here, and an evaluation of the
 * model as they serve it (RSP 1.0 PC2 and TB; 2.2 7.1.1(3)).
 */
export class Partners {
  readonly #deps: PartnersDeps
  readonly #journal: ReturnType<typeof modelsJournal>

  constructor(deps: PartnersDeps) {
    this.#deps = deps
    this.#journal = modelsJournal('models.release', deps)
  }

  /** Puts it on record; what stood there before is replaced. @throws {AppError} NOT_FOUND, REQUEST_INVALID, LEDGER_UNAVAILABLE */
  async bind(deployment: string, surface: string, input: NewPartnerBinding, by: Actor): Promise<PartnerBinding> {
    const given = NewPartnerBinding.parse(input)
    const { registry, clock } = this.#deps
    const { surfaces } = await registry.deployments.get(deployment)
    if (!surfaces.some(({ kind, name }) => kind === 'partner' && name === surface))
      throw new AppError(
        'NOT_FOUND',
        `the deployment ${deployment} is on no partner's surface ${surface.slice(0, 100)}`,
      )
    const now = clock.now()
    if (Date.parse(given.agreement.endsAt) <= now)
      throw new AppError('REQUEST_INVALID', 'agreement.endsAt: it would have ended already')
    return this.#journal.make(by, async () => {
      const binding = { ...given, deployment, surface, boundAt: new Date(now).toISOString(), boundBy: by.id }
      const data = {
        surface,
        safeguards: [...given.agreement.safeguards],
        endsAt: given.agreement.endsAt,
        checkpoint: given.evaluation.checkpoint,
      }
      const digests = digestsOf(given)
      const event = {
        kind: 'release.partner_bound',
        subject: { type: 'deployment', id: deployment },
        data,
        ...(Object.keys(digests).length === 0 ? {} : { digests }),
      }
      return { events: [event], puts: [put(BINDING, binding)], result: binding }
    })
  }

  of(deployment: string, db: Db = this.#deps.db): Promise<PartnerBinding[]> {
    return records.list(db, BINDING, { about: deployment })
  }

  /** Whether every partner's surface of a deployment is bound and evaluated now. */
  async finding({ id, checkpoint, surfaces }: Deployment): Promise<{ met: boolean; says: string }> {
    const partners = surfaces.filter(({ kind }) => kind === 'partner').map(({ name }) => name)
    if (partners.length === 0) return { met: true, says: 'it is on no surface of others' }
    const bindings = await this.of(id)
    const missing = partners.flatMap((name) => {
      const why = this.#missing(
        bindings.find(({ surface }) => surface === name),
        checkpoint,
      )
      return why === null ? [] : [`${name}: ${why}`]
    })
    const says = missing.length === 0 ? `${partners.join(', ')}: bound, and evaluated` : missing.join('; ')
    return { met: missing.length === 0, says }
  }

  #missing(binding: PartnerBinding | undefined, checkpoint: string): string | null {
    if (binding === undefined) return 'no agreement and no evaluation are on record'
    const { agreement, evaluation } = binding
    if (Date.parse(agreement.endsAt) <= this.#deps.clock.now()) return `the agreement ended at ${agreement.endsAt}`
    const open = SAFEGUARDS.filter((one) => !agreement.safeguards.includes(one))
    if (open.length > 0) return `the agreement does not bind them to: ${open.join(', ')}`
    if (evaluation.checkpoint !== checkpoint)
      return `what they evaluated is ${evaluation.checkpoint}, not ${checkpoint}`
    return null
  }
}

function digestsOf({ agreement, evaluation }: NewPartnerBinding): Record<string, string> {
  return {
    ...(agreement.digest == null ? {} : { agreement: agreement.digest }),
    ...(evaluation.digest == null ? {} : { evaluation: evaluation.digest }),
  }
}
