import { iso } from '../../base/clock.ts'
import type { Db } from '../../db/index.ts'
import { put } from '../../journal/index.ts'
import type { Actor, EventData } from '../../ledger/index.ts'
import { records } from '../records/index.ts'
import { conflict, notFound, type RegistryContext } from './context.ts'
import { CHECKPOINT, DEPLOYMENT } from './kinds.ts'
import { type Deployment, NewDeployment } from './schema.ts'

/** Checkpoints where people can reach them. */
export class Deployments {
  readonly #context: RegistryContext

  constructor(context: RegistryContext) {
    this.#context = context
  }

  /** Says that there is one; opens nothing. @throws {AppError} NOT_FOUND for the checkpoint; CONFLICT for a name or a gateway's model that is taken */
  declare(input: NewDeployment, by: Actor): Promise<Deployment> {
    const { deployment: id, checkpoint: of, surfaces } = NewDeployment.parse(input)
    const { clock, journal } = this.#context
    return journal.make(by, async (db) => {
      if ((await records.find(db, DEPLOYMENT, id)) !== null) throw conflict(`the deployment ${id} is declared already`)
      const checkpoint = await records.find(db, CHECKPOINT, of)
      if (checkpoint === null) throw notFound(`the checkpoint ${of}`)
      const served = surfaces.flatMap(({ gatewayModels }) => gatewayModels)
      if (new Set(served).size < served.length) throw conflict('a model of the gateway stands there twice')
      for (const other of await standing(db)) {
        const taken = other.surfaces.flatMap(({ gatewayModels }) => gatewayModels).find((name) => served.includes(name))
        if (taken !== undefined) throw conflict(`the gateway's model ${taken} belongs to the deployment ${other.id}`)
      }
      const declaredAt = iso(clock.now())
      const deployment: Deployment = {
        ...{ id, model: checkpoint.model, checkpoint: of, surfaces },
        ...{ declaredAt, declaredBy: by.id, frozen: null, withdrawnAt: null },
      }
      const data = { checkpoint: of, surfaces: surfaces.map(({ kind, name }) => ({ kind, name })) }
      const event = { kind: 'models.deployment_declared', subject: { type: 'deployment', id }, data }
      return { events: [event], puts: [put(DEPLOYMENT, deployment)], result: deployment }
    })
  }

  /** Fixes who its customers are, at a halt; a second halt keeps the list of the first. @throws {AppError} NOT_FOUND, CONFLICT when withdrawn */
  freeze(id: string, organisations: readonly string[], by: Actor): Promise<Deployment> {
    return this.#change(id, by, 'models.deployment_frozen', (deployment, at) => ({
      ...deployment,
      frozen: deployment.frozen ?? { at, organisations: [...new Set(organisations)].sort() },
    }))
  }

  /** New customers are no longer told from old ones. Whoever calls this answers for the two people who agreed. */
  thaw(id: string, by: Actor): Promise<Deployment> {
    return this.#change(id, by, 'models.deployment_thawed', (deployment) => ({ ...deployment, frozen: null }))
  }

  /** It is served no more, for good. */
  withdraw(id: string, by: Actor): Promise<Deployment> {
    return this.#change(id, by, 'models.deployment_withdrawn', (deployment, at) => ({ ...deployment, withdrawnAt: at }))
  }

  /** @throws {AppError} NOT_FOUND */
  async get(id: string): Promise<Deployment> {
    return known(this.#context.db.db, id)
  }

  /** Of one model line, or all; those that were withdrawn too. */
  list(model?: string): Promise<Deployment[]> {
    return records.list(this.#context.db.db, DEPLOYMENT, { model, limit: 10_000 })
  }

  #change(id: string, by: Actor, kind: string, next: (was: Deployment, at: string) => Deployment): Promise<Deployment> {
    const { clock, journal } = this.#context
    return journal.make(by, async (db) => {
      const was = await known(db, id)
      if (was.withdrawnAt !== null) throw conflict(`the deployment ${id} was withdrawn at ${was.withdrawnAt}`)
      const deployment = next(was, iso(clock.now()))
      const data: EventData = { model: was.model, customers: deployment.frozen?.organisations.length ?? null }
      const event = { kind, subject: { type: 'deployment', id }, data }
      return { events: [event], puts: [put(DEPLOYMENT, deployment)], result: deployment }
    })
  }
}

async function known(db: Db, id: string): Promise<Deployment> {
  const deployment = await records.find(db, DEPLOYMENT, id)
  if (deployment === null) throw notFound(`the deployment ${id}`)
  return deployment
}

function standing(db: Db): Promise<Deployment[]> {
  return records.list(db, DEPLOYMENT, { state: 'declared' })
}
