import { iso } from '../../base/clock.ts'
import type { Db } from '../../db/index.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { type ActionDefinition, twoPeople } from '../../staff/index.ts'
import { records } from '../records/index.ts'
import { type AccessContext, conflict, DAY_MS, notFound, OPENERS, SYSTEM } from './context.ts'
import { type Environment, NewEnvironment } from './device-schema.ts'
import { Endings } from './endings.ts'
import { ENVIRONMENT } from './kinds.ts'

/** The name under which two people attest an environment, and attest it again. */
export const ENVIRONMENT_ACTION = 'weights.environment'

/** Clusters and servers where weights are worked with outside of our sandbox: attested, for 90 days at most. */
export class Environments {
  readonly #context: AccessContext
  constructor(context: AccessContext) {
    this.#context = context
  }

  /** Two people sign exactly these settings and this boundary; what was attested under the name before is replaced. */
  attesting(): ActionDefinition<NewEnvironment> {
    return {
      schema: NewEnvironment,
      fresh: true,
      rule: () => twoPeople([...OPENERS, 'ciso'], ['weights_approver', 'ciso']),
      execute: async (given, { id: approval, requester, approvers, approvedAt }) => {
        const { journal, config, refresh } = this.#context
        await journal.make(SYSTEM, async (db) => {
          const known = await records.find(db, ENVIRONMENT, given.name)
          if (known?.approval === approval) return { events: [], result: undefined }
          const expiresAt = iso(Date.parse(approvedAt) + config.environmentDays * DAY_MS)
          const environment: Environment = {
            ...given,
            ...{
              state: 'attested',
              attestedAt: approvedAt,
              attestedBy: [requester, ...approvers],
              approval,
              expiresAt,
            },
            ...{ endedAt: null, endedBy: null, endedReason: null },
          }
          const data = { environmentKind: given.kind, approval, people: environment.attestedBy, expiresAt }
          const subject = { type: 'weights_environment', id: given.name }
          const event = { kind: 'weights.environment_attested', subject, data }
          return { events: [event], puts: [put(ENVIRONMENT, environment)], result: undefined }
        })
        await refresh()
      },
    }
  }

  /** One person, at once; grants to it end. @throws {AppError} NOT_FOUND, CONFLICT, LEDGER_UNAVAILABLE */
  async revoke(name: string, by: Actor, reason: string): Promise<Environment> {
    const { journal, clock, refresh } = this.#context
    await journal.make(by, async (db) => {
      const environment = await find(db, name)
      if (environment.state !== 'attested') throw conflict(`this environment is ${environment.state}`)
      const endings = await Endings.begin(db)
      endings.environment(environment, 'revoked', { nowMs: clock.now(), by: by.id, cause: 'person', reason })
      return { events: endings.events, puts: endings.puts, result: undefined }
    })
    await refresh()
    return this.get(name)
  }

  /** @throws {AppError} NOT_FOUND */
  get(name: string): Promise<Environment> {
    return find(this.#context.db.db, name)
  }

  list(): Promise<Environment[]> {
    return records.list(this.#context.db.db, ENVIRONMENT, { limit: 1_000 })
  }
}

/** Why an environment may hold no weights now; null = it may. */
export function environmentFault(environment: Environment | null | undefined, nowMs: number): string | null {
  if (environment == null) return 'the environment is not attested'
  const { state, expiresAt } = environment
  if (state !== 'attested') return `the environment is ${state}`
  return Date.parse(expiresAt) <= nowMs ? `the attestation of the environment ended at ${expiresAt}` : null
}

async function find(db: Db, name: string): Promise<Environment> {
  const environment = await records.find(db, ENVIRONMENT, name)
  if (environment === null) throw notFound('environment')
  return environment
}
