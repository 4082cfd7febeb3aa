import { availableParallelism, loadavg } from 'node:os'
import type { CampaignReport, RoundReport } from './campaign.ts'

/** What a campaign has to keep to. */
export const BARS = { takeoverMs: 5_000, spreadMs: 1_000 } as const

const WIDTH = 72

interface Row {
  readonly fault: string
  readonly rounds: readonly RoundReport[]
}

/** Longest of some times; null where one of them never came. */
function longest(times: readonly (number | null)[]): number | null {
  return times.reduce((most, ms) => (most === null || ms === null ? null : Math.max(most, ms)), 0)
}

const shown = (ms: number | null) => (ms === null ? 'never' : `${Math.round(ms)}`)

/** What breaks a bar or an invariant, in words; empty when the campaign held. */
export function failures(report: CampaignReport): string[] {
  const found: string[] = report.violations.map((violation) => violation)
  if (report.lost > 0) found.push(`${report.lost} accepted requests have no record`)
  for (const { round, fault, takeoverMs, spread } of report.rounds) {
    const over = (what: string, ms: number | null, barMs: number) => {
      if (ms === null || ms >= barMs)
        found.push(`round ${round} (${fault}): ${what} after ${shown(ms)} ms, the bar is ${barMs}`)
    }
    over('checkpoints went on', takeoverMs, BARS.takeoverMs)
    over('a revoked key was refused everywhere', spread.revokedMs, BARS.spreadMs)
    over('a suspended key was refused everywhere', spread.restrictedMs, BARS.spreadMs)
  }
  return found
}

/** One line for each kind of fault, the worst of its rounds, and the sums. */
export function table(report: CampaignReport): string {
  const byFault = new Map<string, RoundReport[]>()
  for (const round of report.rounds) byFault.set(round.fault, [...(byFault.get(round.fault) ?? []), round])
  const rows = [...byFault].map(([fault, rounds]): Row => ({ fault, rounds }))
  const head = `  ${'fault'.padEnd(WIDTH)} rounds accepted takeover recovery revoked restricted  violations`
  const lines = rows.map(({ fault, rounds }) => {
    const cells = [
      String(rounds.length).padStart(6),
      String(rounds.reduce((sum, { accepted }) => sum + accepted, 0)).padStart(8),
      shown(longest(rounds.map(({ takeoverMs }) => takeoverMs))).padStart(8),
      shown(longest(rounds.map(({ recoveryMs }) => recoveryMs))).padStart(8),
      shown(longest(rounds.map(({ spread }) => spread.revokedMs))).padStart(7),
      shown(longest(rounds.map(({ spread }) => spread.restrictedMs))).padStart(10),
      String(rounds.reduce((sum, { violations }) => sum + violations.length, 0)).padStart(11),
    ]
    return `  ${fault.padEnd(WIDTH)} ${cells.join(' ')}`
  })
  const answers = Object.entries(report.answers).map(([answer, count]) => `${answer}: ${count}`)
  return [
    head,
    ...lines,
    '',
    `  ${report.rounds.length} rounds on ${report.replicas} replicas, seed ${report.seed}; times in ms, the worst of the rounds; load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`,
    `  ${report.accepted} accepted requests, ${report.lost} without a record; ${report.entries} entries on the log; ${report.strikes} offences, one strike each`,
    `  ${report.checkpoints} checkpoints that were shown, each compared with the entries; answers: ${answers.join(', ')}`,
  ].join('\n')
}
