import { z } from 'zod'
import { kindFits, type LedgerEvent } from '../ledger/index.ts'

/** What an auditor may take a sample of: entries of the ledger of these kinds, `room.*` for all of a room. */
interface Population {
  readonly title: string
  readonly kinds: readonly string[]
  /** Of entries of these kinds only those whose outcome is one of these. */
  readonly outcomes?: readonly string[]
}

/** Populations with a name, so that nobody need know the kinds of events; any others are named by kind. */
export const POPULATIONS = {
  decisions: { title: 'Decisions on requests', kinds: ['gateway.decision'] },
  refusals: {
    title: 'Requests refused, and answers cut short or revised',
    kinds: ['gateway.decision'],
    outcomes: ['refuse', 'cut', 'revise'],
  },
  enforcement: { title: 'Actions against accounts', kinds: ['enforcement.action_taken'] },
  appeals: { title: 'Appeals decided', kinds: ['redress.appeal_decided'] },
  exemptions: { title: 'Exemptions granted', kinds: ['redress.exemption_granted'] },
  reviews: { title: 'Cases decided by reviewers', kinds: ['review.case_decided'] },
  approvals: { title: 'Requests that two people agreed to', kinds: ['approvals.approved'] },
  roles: { title: 'Roles given and ended', kinds: ['staff.role_granted', 'staff.role_ended'] },
  people: {
    title: 'People added and deactivated',
    kinds: ['staff.person_added', 'staff.person_deactivated', 'staff.person_reactivated'],
  },
  'weights-opened': { title: 'Weights opened', kinds: ['weights.opened'] },
  'weights-grants': { title: 'Grants to open weights', kinds: ['weights.grant_given'] },
  policy: { title: 'Policy versions published', kinds: ['policy.published'] },
  publications: {
    title: 'Cards and reports published',
    kinds: ['models.card_published', 'transparency.report_published', 'controls.report_delivered'],
  },
  reports: { title: 'Reports received from outside', kinds: ['intake.report_received'] },
  evaluations: { title: 'Evaluation results imported', kinds: ['evaluations.results_imported'] },
  attestations: { title: 'Attestations and exceptions of controls', kinds: ['control.attested', 'control.excepted'] },
  backups: { title: 'Backups taken', kinds: ['system.backup_taken'] },
  changes: {
    title: 'Starts and reloads of the installation',
    kinds: ['system.started', 'system.configuration_reloaded'],
  },
} as const satisfies Record<string, Population>

export type PopulationName = keyof typeof POPULATIONS
export const POPULATION_NAMES = Object.keys(POPULATIONS)

/** A population as it stands in an order: what it is called is for people, what it holds is decided by the rest. */
export const PopulationOf = z.object({
  name: z.string().nullable().meta({ description: 'of the populations that have one' }),
  kinds: z.array(z.string()).meta({ description: 'kinds of events; `room.*` is all of a room' }),
  outcomes: z.array(z.string()).meta({ description: 'of decisions: these only; all, where there are none' }),
  from: z.iso.datetime(),
  until: z.iso.datetime().meta({ description: 'not included' }),
})
export type PopulationOf = z.infer<typeof PopulationOf>

/** Whether an entry belongs to a population, by what stands in it. */
export function belongsTo({ kinds, outcomes, from, until }: PopulationOf, event: LedgerEvent): boolean {
  if (!kindFits(event.kind, kinds)) return false
  if (outcomes.length > 0 && !outcomes.some((one) => one === event.data.outcome)) return false
  const at = Date.parse(event.time)
  return at >= Date.parse(from) && at < Date.parse(until)
}
