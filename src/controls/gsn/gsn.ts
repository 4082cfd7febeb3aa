import { type Assessed, assessed, type OscalInput } from '../oscal/index.ts'
import type { Evidence, State } from '../probe.ts'

/** A node of an argument, as GSN has them. `undeveloped`: a goal that nothing supports as yet. */
export interface GsnNode {
  readonly id: string
  readonly type: 'goal' | 'strategy' | 'solution' | 'context'
  readonly text: string
  readonly state?: State
  readonly undeveloped?: true
}

export interface GsnEdge {
  readonly from: string
  readonly to: string
  readonly type: 'supportedBy' | 'inContextOf'
}

export interface GsnGraph {
  readonly nodes: readonly GsnNode[]
  readonly edges: readonly GsnEdge[]
}

/**
 * The argument that a profile is kept: goal, a strategy for each family, a goal for each control, and what that rests on. Only what holds has solutions
 * under it; a control that fails, or of which nobody can say, is a goal that is not developed, so that no graph looks finished that is not.
 *
 * @see GSN Community Standard, version 3
 * @throws {AppError} NOT_FOUND when there is no such profile
 */
export function gsnGraph(input: OscalInput): GsnGraph {
  const { catalogue, profile, overlays, system, lookedAt, at } = input
  const rows = assessed(input)
  const families = catalogue.families
    .map(({ family, title }) => ({
      family,
      title,
      rows: rows.filter((one) => one.control.id.startsWith(`${family}-`)),
    }))
    .filter((one) => one.rows.length > 0)
  const top: GsnNode[] = [
    { id: 'G', type: 'goal', text: `${system} keeps what ${[profile, ...overlays].join(' with ')} asks for` },
    {
      id: 'C',
      type: 'context',
      text: `As it was looked at ${lookedAt ?? at}, by catalogue ${catalogue.digest.slice(0, 12)}`,
    },
  ]
  return {
    nodes: [
      ...top,
      ...families.map(
        ({ family, title }): GsnNode => ({ id: family, type: 'strategy', text: `Control by control: ${title}` }),
      ),
      ...rows.flatMap((row) => [goal(row), ...solutions(row)]),
    ],
    edges: [
      { from: 'G', to: 'C', type: 'inContextOf' },
      ...families.map(({ family }): GsnEdge => ({ from: 'G', to: family, type: 'supportedBy' })),
      ...families.flatMap(({ family, rows: own }) => own.map(({ control }) => supported(family, control.id))),
      ...rows.flatMap((row) => solutions(row).map(({ id }) => supported(row.control.id, id))),
    ],
  }
}

/** As a diagram of Mermaid. Words are put between quotes and stripped of what could end them. */
export function gsnMermaid({ nodes, edges }: GsnGraph): string {
  const shapes = {
    goal: ['["', '"]'],
    strategy: ['[/"', '"/]'],
    solution: ['(("', '"))'],
    context: ['(["', '"])'],
  } as const
  const line = ({ id, type, text, state, undeveloped }: GsnNode) => {
    const [open, close] = shapes[type]
    const words = [plain(text), ...(state === undefined ? [] : [`(${state}${undeveloped ? ', undeveloped' : ''})`])]
    return `  ${id}${open}${words.join(' ')}${close}`
  }
  const arrow = ({ from, to, type }: GsnEdge) => `  ${from} ${type === 'supportedBy' ? '-->' : '-.-'} ${to}`
  return ['flowchart TD', ...nodes.map(line), ...edges.map(arrow), ''].join('\n')
}

function goal({ control, standing }: Assessed): GsnNode {
  const { state } = standing
  const isBare = solutions({ control, standing, exception: null }).length === 0
  return {
    id: control.id,
    type: 'goal',
    text: `${control.id}: ${control.title}`,
    state,
    ...(isBare ? { undeveloped: true } : {}),
  }
}

function solutions({ control, standing }: Assessed): GsnNode[] {
  if (standing.state !== 'holds') return []
  return standing.evidence.map((evidence, i) => ({
    id: `${control.id}.${i + 1}`,
    type: 'solution',
    text: wordsOf(evidence),
  }))
}

function wordsOf(evidence: Evidence): string {
  if (evidence.kind === 'entry') return `ledger entry ${evidence.entry}, ${evidence.event}`
  return evidence.kind === 'record' ? `${evidence.type} ${evidence.id}` : evidence.says
}

function supported(from: string, to: string): GsnEdge {
  return { from, to, type: 'supportedBy' }
}

/** Without what Mermaid reads as markup. */
function plain(text: string): string {
  return text
    .replace(/["<>`#;[\](){}|\\]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}
