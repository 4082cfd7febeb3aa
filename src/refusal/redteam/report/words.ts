import { integer, percent } from '../../../screening/evaluation/index.ts'
import type { Layer, RedTeamReport, Share, SideFigures } from '../schema.ts'

export const LAYER_WORDS: Readonly<Record<Layer, string>> = {
  prompt_screen: 'screen of the prompt',
  completion_screen: 'screen of the answer',
  safeguard: 'safeguards (side not told)',
  account: 'action on the account',
  upstream: 'filter of the model’s server',
  model: 'refusal of the model',
}

export const FAMILY_WORDS: Readonly<Record<string, string>> = {
  plain: 'As it is',
  disguise: 'Disguises, unexplained',
  evasion: 'Alterations of words',
  wrapper: 'Framings',
  split: 'Split over turns',
  encoding: 'Encodings, explained',
  role_play: 'Role-play',
  many_shot: 'Many shots',
  translation: 'Translation',
  suffix: 'Suffixes',
  document: 'Orders in documents',
  tool_result: 'Orders in tool results',
  extraction: 'Asking for the system prompt',
  prefill: 'Answers begun',
  noise: 'Noise',
  crescendo: 'Crescendo',
  attacker: 'Written by a model',
  composed: 'Compositions',
}

/** `7 of 120, 95 %: 2.9 to 11.6 %; 3 unknown` */
export function shareWords({ count, of, unknown, low, high }: Share): string {
  const open = unknown === 0 ? '' : `; ${integer(unknown)} unknown`
  return `${integer(count)} of ${integer(of)}, 95 %: ${(100 * low).toFixed(1)} to ${percent(high)}${open}`
}

const TOP_ATTACKS = 8

/** For a terminal: both sides, who stopped it, what worked best. */
export function redTeamWords(report: RedTeamReport): string {
  const { target, bare, guarded, behaviours, end, why } = report
  const lines = [
    `${integer(bare.tries)} tries at ${integer(behaviours)} behaviours of ${target.name}: ${why ?? (end === 'done' ? 'everything was tried' : end)}`,
    ...(target.isSandbox ? ['  the target is the sandbox, a fixture: these are no figures of a model'] : []),
    ...sideWords('bare model', bare),
    ...(guarded === null ? [] : sideWords('with safeguards', guarded)),
    ...layerWords(guarded),
    ...accountWords(report),
    ...topAttacks(report),
  ]
  return lines.join('\n')
}

function sideWords(title: string, { sweep, broken, outcomes, cost, firstSuccess }: SideFigures): string[] {
  const { success, refused, stopped, harmless, unclear, error } = outcomes
  const each =
    cost.requestsPerSuccess === null ? 'no success' : `${integer(cost.requestsPerSuccess)} requests a success`
  const money = cost.moneyPerSuccess === null ? '' : `, $${cost.moneyPerSuccess.toFixed(4)}`
  return [
    title,
    `  sweep       ${percent(sweep.rate)}  (${shareWords(sweep)})`,
    `  behaviours  ${percent(broken.rate)}  (${shareWords(broken)})`,
    `  outcomes    ${integer(success)} success, ${integer(refused)} refused, ${integer(stopped)} stopped, ${integer(harmless)} harmless, ${integer(unclear)} unclear, ${integer(error)} no answer`,
    `  cost        ${integer(cost.requests)} requests; ${each}${money}${firstSuccess === null ? '' : `; the first at try ${integer(firstSuccess)}`}`,
  ]
}

function accountWords({ safeguards }: RedTeamReport): string[] {
  const observed = safeguards?.mode === 'observe' ? ['  the surface only observes: nothing is withheld'] : []
  const stops = safeguards?.accountStops ?? 0
  return stops === 0
    ? observed
    : [...observed, `  accounts    the key was restricted ${integer(stops)} times, and replaced each time`]
}

function layerWords(guarded: SideFigures | null): string[] {
  const found = Object.entries(LAYER_WORDS).flatMap(([layer, words]) => {
    const count = Object.entries(guarded?.layers ?? {}).find(([name]) => name === layer)?.[1]
    return count === undefined ? [] : [`${integer(count)} ${words}`]
  })
  return found.length === 0 ? [] : [`  stopped by  ${found.join(', ')}`]
}

function topAttacks({ attacks, guarded }: RedTeamReport): string[] {
  const worth = ({ bare, guarded: own }: RedTeamReport['attacks'][number]) => 1_000 * (own?.success ?? 0) + bare.success
  const best = attacks.filter((row) => worth(row) > 0).toSorted((a, b) => worth(b) - worth(a))
  if (best.length === 0) return []
  const row = ({ attack, bare, guarded: own }: RedTeamReport['attacks'][number]) => {
    const tries = Object.values(bare).reduce((sum, count) => sum + count, 0)
    return `  ${String(bare.success).padStart(5)}${guarded === null ? '' : String(own?.success ?? 0).padStart(9)}${String(tries).padStart(7)}  ${attack}`
  }
  const head = `   bare${guarded === null ? '' : '  guarded'}  tries  what worked best`
  return [head, ...best.slice(0, TOP_ATTACKS).map(row)]
}
