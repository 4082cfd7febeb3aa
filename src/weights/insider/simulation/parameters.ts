import { createHash } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '../../../base/errors.ts'
import { Draw, type Range } from './draw.ts'

const log = (from: number, to: number): Range => ({ from, to, isLog: true })
const even = (from: number, to: number): Range => ({ from, to })

/**
 * What an organisation is like. Each figure is drawn once per seed from its range; `--parameters FILE` gives other ranges, or figures.
 * Shares are of 1; of what, is said where the figure is used.
 */
export const DEFAULTS = {
  'people.researcher': even(0.1, 0.16),
  'people.inferenceEngineer': even(0.04, 0.07),
  'people.deployer': even(0.02, 0.035),
  'people.securityEngineer': even(0.02, 0.04),
  'people.approver': even(0.022, 0.034),
  'people.analyst': even(0.07, 0.12),
  'people.policyEditor': even(0.012, 0.025),
  'people.leader': even(0.006, 0.01),
  'people.administrator': even(0.006, 0.012),
  'people.auditor': even(0.006, 0.01),
  'people.contractor': even(0.02, 0.045),
  'people.it': even(0.03, 0.06),
  'people.teamSize': even(7, 14),
  'people.abroad': even(0.2, 0.6),
  'people.lateShift': even(0.03, 0.1),
  'people.joinPerMonth': even(0.01, 0.035),
  'people.leavePerMonth': even(0.008, 0.025),
  'people.noticeDays': even(10, 35),
  'people.movePerMonth': even(0.004, 0.015),
  'people.contractorOpens': even(0.3, 0.7),
  'time.vacationsPerYear': even(1.5, 3.5),
  'time.vacationDays': even(5, 12),
  'time.holidaysPerYear': even(8, 13),
  'time.sickPerYear': even(3, 8),
  'time.shiftHours': even(7.5, 9.5),
  'time.jitterMinutes': even(15, 50),
  'time.late': even(0.03, 0.12),
  'time.weekend': even(0.01, 0.05),
  'models.count': even(6, 12),
  'models.gigabytes': log(8, 80),
  'models.spread': even(0.4, 0.9),
  'models.fileGigabytes': even(2, 5),
  'models.versionsBefore': even(1, 3),
  'models.launchesPerMonth': even(0.8, 2),
  'models.launchDays': even(6, 14),
  'models.canaryShare': even(0.2, 0.5),
  'weights.sittingsPerDay': even(0.25, 0.7),
  'weights.sittingsSpread': even(0.6, 1.1),
  'weights.readsPerSitting': even(5, 14),
  'weights.readsSpread': even(0.8, 1.3),
  'weights.readMegabytes': log(4, 40),
  'weights.whole': even(0.01, 0.04),
  'weights.training': even(0.03, 0.1),
  'weights.evaluation': even(0.05, 0.15),
  'weights.flaky': even(0.01, 0.04),
  'weights.exportPerMonth': even(1, 4),
  'weights.budgetSlack': even(1.2, 4),
  'weights.wholeBudget': even(0.1, 0.4),
  'weights.grantDays': even(2, 12),
  'weights.servingRestarts': even(0.05, 0.25),
  'weights.servingHosts': even(2, 6),
  'weights.otherModel': even(0.01, 0.05),
  'weights.otherHost': even(0.01, 0.06),
  'weights.newHostPerMonth': even(0.03, 0.12),
  'approvals.lookMinutes': log(4, 40),
  'approvals.lookSpread': even(0.7, 1.3),
  'approvals.quick': even(0.01, 0.06),
  'approvals.deny': even(0.01, 0.05),
  'approvals.favourite': even(0.2, 0.6),
  'signIn.fumble': even(0.02, 0.08),
  'signIn.again': even(0.2, 0.9),
  'signIn.forgotten': even(0.002, 0.008),
  'signIn.vpn': even(0.1, 0.4),
  'signIn.fromHome': even(0.2, 0.6),
  'signIn.travelPerMonth': even(0.04, 0.15),
  'signIn.phone': even(0.02, 0.1),
  'content.readsPerDay': even(12, 40),
  'content.readsSpread': even(0.5, 1),
  'content.exportsPerMonth': even(0.5, 3),
  'policy.editsPerWeek': even(1, 6),
  'policy.publicationsPerMonth': even(0.5, 3),
  'policy.loosening': even(0.2, 0.5),
  'operations.glassPerMonth': even(0.1, 0.6),
  'operations.drillsPerMonth': even(0.1, 0.5),
  'operations.locksPerMonth': even(0.2, 1),
  'operations.budgetsPerMonth': even(0.5, 3),
  'operations.recertificationDays': even(30, 90),
  'operations.auditReadsPerDay': even(2, 12),
  'operations.rolesPerMonth': even(1, 5),
  'operations.recoveriesPerMonth': even(0.5, 3),
  'outside.commandsPerDay': even(2, 8),
  'outside.uploadsPerDay': even(0.02, 0.12),
  'outside.uploadMegabytes': log(5, 80),
  'outside.mountsPerMonth': even(0.02, 0.1),
  'outside.adminsPerDay': even(0.5, 3),
} as const satisfies Record<string, Range>
export type ParameterName = keyof typeof DEFAULTS

const Given = z.union([
  z.number(),
  z.tuple([z.number(), z.number()]),
  z.strictObject({ from: z.number(), to: z.number(), log: z.boolean().optional() }),
])
const File = z.record(z.string(), Given)
const OF_CAMPAIGN = /^campaign\.[a-z][a-z0-9-]*\.[A-Za-z][A-Za-z0-9]*$/

/** Ranges that stand instead of the defaults, by name. */
export type Overrides = ReadonlyMap<string, Range>

/**
 * @param input `{ name: figure | [from, to] | { from, to, log } }`; names of DEFAULTS and `campaign.<kind>.<name>`
 * @throws {AppError} REQUEST_INVALID, naming the parameter
 */
export function parseOverrides(input: unknown): Overrides {
  const file = File.safeParse(input)
  if (!file.success) throw invalid('parameters: an object of names with a figure, [from, to] or {from, to, log} each')
  return new Map(Object.entries(file.data).map(([name, given]) => [name, rangeOf(name, given)]))
}

function rangeOf(name: string, given: z.infer<typeof Given>): Range {
  if (!(name in DEFAULTS) && !OF_CAMPAIGN.test(name)) throw invalid(`parameters: there is none of the name ${name}`)
  const { from, to, log: isLog = false } = typeof given === 'number' ? { from: given, to: given } : pairOf(given)
  if (from > to || from < 0 || (isLog && from <= 0)) throw invalid(`parameters: ${name} is no range upwards from 0`)
  return { from, to, isLog }
}

function pairOf(given: Exclude<z.infer<typeof Given>, number>): {
  from: number
  to: number
  log?: boolean | undefined
} {
  return Array.isArray(given) ? { from: given[0], to: given[1] } : given
}

/** The figures of one organisation. What is drawn for one name depends on no other one. */
export class Parameters {
  readonly #draw: Draw
  readonly #overrides: Overrides
  readonly #values = new Map<string, number>()

  constructor(seed: number, overrides: Overrides = new Map()) {
    this.#draw = new Draw(seed).fork('parameters')
    this.#overrides = overrides
  }

  value(name: ParameterName): number {
    const known = this.#values.get(name)
    if (known !== undefined) return known
    const value = this.#draw.fork(name).range(this.#overrides.get(name) ?? DEFAULTS[name])
    this.#values.set(name, value)
    return value
  }

  /** Of one play of a campaign. @param name `campaign.<kind>.<name>` */
  ofCampaign(name: string, range: Range, draw: Draw): number {
    return draw.fork(name).range(this.#overrides.get(name) ?? range)
  }

  /** SHA-256 over all ranges in force, hex: two simulations of the same seed and digest are the same. */
  digest(): string {
    const all = new Map<string, Range>([...Object.entries(DEFAULTS), ...this.#overrides])
    const lines = [...all].map(([name, { from, to, isLog = false }]) => `${name} ${from} ${to} ${isLog}`)
    return createHash('sha256').update(lines.sort().join('\n')).digest('hex')
  }
}

function invalid(message: string): AppError {
  return new AppError('REQUEST_INVALID', message)
}
