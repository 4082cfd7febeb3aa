import type { MachineDiagram } from '../../app/api/schema.ts'

export const BOX_WIDTH = 122
export const BOX_HEIGHT = 34
const GAP_X = 44
const GAP_Y = 18
const MARGIN = 6
/** Room for what goes around the right of the last column. */
const BULGE = 20
/** A step that begins in more states than this is written on the state that it leads to: its lines would hide all others. */
const MOST_LINES = 3
const SWEEPS = 6

type Machine = Pick<MachineDiagram, 'starts' | 'states' | 'steps'>

export interface Box {
  readonly state: string
  readonly title: string
  readonly x: number
  readonly y: number
}

export interface Line {
  readonly step: string
  readonly from: string
  readonly to: string
  readonly path: string
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly boxes: readonly Box[]
  /** Those that are drawn: of steps that begin in a few states, and of every step that leads on from `here`. */
  readonly lines: readonly Line[]
  /** By state, steps that lead there from many states. */
  readonly fromMany: ReadonlyMap<string, readonly { readonly step: string; readonly count: number }[]>
}

/**
 * Where the states of a machine stand: in columns by how many steps they are from where one begins, so that what is read from left to
 * right is what comes after what. The same definition always gives the same picture.
 */
export function layoutOf(machine: Machine, here: string | null): Layout {
  const columns = columnsOf(machine)
  sortColumns(columns, machine)
  const tallest = Math.max(...columns.map((column) => column.length))
  const height = MARGIN * 2 + tallest * (BOX_HEIGHT + GAP_Y) - GAP_Y
  const boxes = columns.flatMap((column, i) => {
    const own = column.length * (BOX_HEIGHT + GAP_Y) - GAP_Y
    const top = (height - own) / 2
    return column.map((state, j) => ({
      state,
      title: machine.states.find((one) => one.state === state)?.title ?? state,
      x: MARGIN + i * (BOX_WIDTH + GAP_X),
      y: top + j * (BOX_HEIGHT + GAP_Y),
    }))
  })
  const at = new Map(boxes.map((box) => [box.state, box]))
  const lines: Line[] = []
  const fromMany = new Map<string, { step: string; count: number }[]>()
  for (const { step, from, to } of machine.steps) {
    const isHub = from.length > MOST_LINES
    if (isHub) fromMany.set(to, [...(fromMany.get(to) ?? []), { step, count: from.length }])
    for (const source of from) {
      const [a, b] = [at.get(source), at.get(to)]
      if (a === undefined || b === undefined || (isHub && source !== here)) continue
      lines.push({ step, from: source, to, path: pathOf(a, b) })
    }
  }
  const width = MARGIN * 2 + columns.length * (BOX_WIDTH + GAP_X) - GAP_X + BULGE
  return { width, height, boxes, lines, fromMany }
}

/** By the number of steps from a start; what no step reaches stands in the first column. */
function columnsOf({ starts, states, steps }: Machine): string[][] {
  const rank = new Map(starts.map((state) => [state, 0]))
  const queue = [...starts]
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const reached = (rank.get(next) ?? 0) + 1
    for (const { from, to } of steps) {
      if (!from.includes(next) || rank.has(to)) continue
      rank.set(to, reached)
      queue.push(to)
    }
  }
  const columns: string[][] = []
  for (const { state } of states) {
    const column = rank.get(state) ?? 0
    columns[column] = [...(columns[column] ?? []), state]
  }
  return columns.map((column) => column ?? [])
}

/** Moves each state to the height of those that it is tied to, back and forth, so that fewer lines cross. */
function sortColumns(columns: string[][], { steps }: Machine): void {
  const ties = new Map<string, string[]>()
  const tie = (a: string, b: string) => ties.set(a, [...(ties.get(a) ?? []), b])
  for (const { from, to } of steps) {
    if (from.length > MOST_LINES) continue
    for (const source of from) {
      tie(source, to)
      tie(to, source)
    }
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const heights = new Map(
      columns.flatMap((column) => column.map((state, i) => [state, i - (column.length - 1) / 2] as const)),
    )
    const order = sweep % 2 === 0 ? columns : columns.toReversed()
    for (const column of order) {
      const own = new Map(
        column.map((state, i) => [state, mean(ties.get(state) ?? [], heights) ?? i - (column.length - 1) / 2]),
      )
      column.sort((a, b) => (own.get(a) ?? 0) - (own.get(b) ?? 0))
      for (const [i, state] of column.entries()) heights.set(state, i - (column.length - 1) / 2)
    }
  }
}

function mean(states: readonly string[], heights: ReadonlyMap<string, number>): number | null {
  const known = states.map((state) => heights.get(state)).filter((height) => height !== undefined)
  return known.length === 0 ? null : known.reduce((sum, height) => sum + height, 0) / known.length
}

/** Forward from the right side to the left one, back from the left side to the right one, within a column around its right. */
function pathOf(a: Box, b: Box): string {
  const [ay, by] = [a.y + BOX_HEIGHT / 2, b.y + BOX_HEIGHT / 2]
  if (a.x === b.x) {
    const [x, bulge] = [a.x + BOX_WIDTH, Math.min(GAP_X - 10, 18 + Math.abs(by - ay) / 12)]
    return `M${x} ${ay}C${x + bulge} ${ay} ${x + bulge} ${by} ${x} ${by}`
  }
  const forward = b.x > a.x
  const [ax, bx] = forward ? [a.x + BOX_WIDTH, b.x] : [a.x, b.x + BOX_WIDTH]
  const bend = Math.max(GAP_X / 2, Math.abs(bx - ax) / 2) * (forward ? 1 : -1)
  return `M${ax} ${ay}C${ax + bend} ${ay} ${bx - bend} ${by} ${bx} ${by}`
}
