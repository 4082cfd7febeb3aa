import { Option } from 'commander'
import colors from 'picocolors'
import { REGIMES, type Regime, RegimeView } from '../controls/index.ts'
import { connectServer } from './connect-server.ts'
import { mark } from './controls-view.ts'

export function regimeOption(): Option {
  const says = 'what another regime asks for, clause by clause: controls, states, and what none answers to'
  return new Option('--regime <id>', says).choices([...REGIMES]).conflicts(['family', 'state', 'everything'])
}

/** `safelevel controls list --regime ID`. */
export async function listRegime(env: NodeJS.ProcessEnv, regime: Regime, asJson: boolean): Promise<void> {
  const view = await (await connectServer(env)).request('GET', `/api/v1/regimes/${regime}`, RegimeView)
  if (asJson) for (const one of view.criteria) console.log(JSON.stringify({ regime, ...one }))
  else for (const line of regimeLines(view)) console.log(line)
}

/** A regime, a line for each clause, and what no control answers to last and in words. */
function regimeLines({ title, note, profile, whole, criteria }: RegimeView): string[] {
  const covered = criteria.filter(({ controls }) => controls.length > 0)
  const gaps = criteria.filter(({ gap }) => gap !== null)
  const width = Math.max(...criteria.map(({ id }) => id.length), 0)
  return [
    colors.bold(title),
    colors.dim(note),
    '',
    ...covered.map(({ id, title: what, state, controls }) => {
      const named = controls
        .map((one) => `${mark(one.state)} ${one.id}${one.inProfile ? '' : colors.dim('*')}`)
        .join('  ')
      return `${id.padEnd(width)}  ${(state ?? 'not asked').padEnd(9)}  ${what === null ? '' : `${what}  `}${named}`
    }),
    '',
    ...gaps.map(({ id, title: what, gap }) => `${id.padEnd(width)}  ${'gap'.padEnd(9)}  ${what}: ${gap}`),
    ...(gaps.length === 0 ? [] : ['']),
    `${covered.length} clauses have controls, ${gaps.length} have none. States are those of ${profile}; * is a control that it does not ask for.`,
    ...(whole ? [] : ['Not every clause is listed: what is not here is not covered.']),
    'That a control answers to a clause does not say that it satisfies it.',
  ]
}
