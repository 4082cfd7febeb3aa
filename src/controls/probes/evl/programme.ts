import { eachItem } from '../../../base/page.ts'
import type { Assessment, DueView } from '../../../models/evaluation/index.ts'
import type { Finding } from '../../probe.ts'
import { openAssessment, RECORD_CHECKPOINT } from '../commands.ts'
import { unknown, worstOf } from '../findings.ts'
import type { World } from '../world.ts'

export type ProgrammeWorld = Pick<World, 'clock' | 'registry' | 'evaluations'>

/** A model line with its assessments, as probes ask about them. */
export interface LineStanding {
  readonly model: string
  readonly due: DueView
  /** Newest first. */
  readonly assessments: readonly Assessment[]
  /** The newest one that came to something; one that was withdrawn never did. */
  readonly concluded: Assessment | null
  readonly open: Assessment | null
}

/** Many probes ask within a moment; what was read for one serves the others. */
const KEPT_MS = 2_000

export const NO_LINES = unknown('no model line is registered, so there is nothing to evaluate', RECORD_CHECKPOINT)

/** What is on record of every model line, read once for all the probes that look at the same moment. */
export class Programme {
  readonly #world: ProgrammeWorld
  #read: { readonly untilMs: number; readonly lines: Promise<LineStanding[]> } | null = null

  constructor(world: ProgrammeWorld) {
    this.#world = world
  }

  lines(): Promise<LineStanding[]> {
    const now = this.#world.clock.monotonic()
    if (this.#read !== null && this.#read.untilMs > now) return this.#read.lines
    const lines = this.#readLines()
    this.#read = { untilMs: now + KEPT_MS, lines }
    lines.catch(() => {
      this.#read = null
    })
    return lines
  }

  /** What is true of every line: the worst of what is found of each. @param look null = it doesn't concern this line */
  async each(
    look: (line: LineStanding) => Finding | null | Promise<Finding | null>,
    none: Finding = NO_LINES,
  ): Promise<Finding> {
    const found = await Promise.all((await this.lines()).map(look))
    return worstOf(
      found.flatMap((one) => one ?? []),
      none,
    )
  }

  /** The same of what each line was found to be when it was assessed last. */
  async concluded(look: (assessment: Assessment, line: LineStanding) => Finding | Promise<Finding>): Promise<Finding> {
    return this.each((line) => {
      if (line.concluded !== null) return look(line.concluded, line)
      const { model, open } = line
      if (open !== null) return unknown(`${open.id}, the first assessment of ${model}, is under way`)
      return unknown(`no assessment of ${model} has come to anything yet`, openAssessment(`${model}/CHECKPOINT`))
    })
  }

  async #readLines(): Promise<LineStanding[]> {
    const all = new Map<string, Assessment[]>()
    const { evaluations } = this.#world
    for await (const one of eachItem((page) => evaluations.assessments.list(page)))
      all.set(one.model, [one, ...(all.get(one.model) ?? [])])
    const due = await evaluations.dueList()
    return due.map((view): LineStanding => {
      const assessments = all.get(view.model) ?? []
      const concluded = assessments.find(({ concludedAt }) => concludedAt !== null) ?? null
      const open = assessments.find(({ state }) => state === 'open') ?? null
      return { model: view.model, due: view, assessments, concluded, open }
    })
  }
}
