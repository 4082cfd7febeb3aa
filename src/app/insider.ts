import type { Clock } from '../base/clock.ts'
import type { Config } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { eachItem } from '../base/page.ts'
import type { DbHandle } from '../db/index.ts'
import type { Actor, Ledger } from '../ledger/index.ts'
import { assignmentState, type Staff } from '../staff/index.ts'
import type { Access } from '../weights/access/index.ts'
import {
  type ContainmentPort,
  Insider,
  parseInsiderConfig,
  type StaffPort,
  type WatchState,
} from '../weights/insider/index.ts'
import { parseWeightsConfig } from '../weights/vault/index.ts'

export interface InsiderRoomDeps {
  readonly db: DbHandle
  readonly ledger: Ledger
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly config: Pick<Config, 'weights'>
  readonly keysDir: string
  readonly staff: Staff
  readonly access: Access
}

const INSIDER: Actor = { type: 'system', id: 'insider' }
const ANALYSTS = ['security_engineer', 'ciso'] as const

/** Opens the insider-threat programme over staff and access to weights. @throws {AppError} CONFIG_INVALID, LEDGER_UNAVAILABLE */
export async function openInsider(deps: InsiderRoomDeps, resources: AsyncDisposableStack): Promise<Insider> {
  const config = parseInsiderConfig(parseWeightsConfig(deps.config.weights).insider)
  const { staff, clock, access } = deps
  const ports = { staff: staffPort(staff, clock, config.people), containment: containmentPort(staff, access) }
  const insider = resources.use(await Insider.open({ ...deps, ...ports, config }))
  insider.register(staff.approvals)
  return insider
}

/** How long nobody may watch until that counts: replicas take over within seconds, and a restart takes some. */
const UNWATCHED_MS = 600_000

/** Why nobody can say that what staff do is watched; null while it is. */
export function watchFault({ unwatchedMs, problem }: WatchState, config: { readonly watch: boolean }): string | null {
  if (!config.watch) return 'nothing is watched for insiders: set weights.insider.watch'
  if (unwatchedMs < UNWATCHED_MS) return null
  const minutes = Math.floor(unwatchedMs / 60_000)
  return `nobody has watched for insiders for ${minutes} minutes${problem === null ? '' : ` (${problem})`}: see the log`
}

function staffPort(
  { people, assignments, approvals }: Staff,
  clock: Clock,
  names: Readonly<Record<string, string>>,
): StaffPort {
  return {
    knows: async (person) => {
      try {
        await people.get(person)
        return true
      } catch (error) {
        if (error instanceof AppError && error.code === 'NOT_FOUND') return false
        throw error
      }
    },
    principalsOf: async (id) => {
      const person = await people.get(id)
      const held = await assignments.list(id)
      const active = held.filter((one) => assignmentState(one, person, clock.now()) === 'active')
      return active.flatMap(({ deputyFor }) => (deputyFor === null ? [] : [deputyFor]))
    },
    peopleOf: async () => {
      const known = new Map(Object.entries(names))
      for await (const { id, email } of eachItem((page) => people.list(page))) {
        known.set(id, id)
        if (email !== null) known.set(email.toLowerCase(), id)
      }
      return (name) => known.get(name) ?? known.get(name.toLowerCase()) ?? null
    },
    analysts: () => {
      const groups = [{ name: 'analysts', roles: [...ANALYSTS], count: 1 }]
      return approvals.candidates({ kind: 'quorum', requesters: [...ANALYSTS], groups, excluded: [] }, null)
    },
  }
}

function containmentPort(staff: Staff, access: Access): ContainmentPort {
  const reason = 'an alert of the insider-threat programme'
  return {
    stepUp: async (person) => {
      await staff.sessions.endAll(person, INSIDER, 'step_up')
    },
    revokeGrants: (person) => access.grants.revokeOf(person, INSIDER, 'it was taken back'),
    lock: async (person, shown) => (await access.locks.lock({ person: { id: person, shown } }, INSIDER, reason)).id,
  }
}
