import { DEPLOYMENT_MACHINE, Machine } from './machine/index.ts'
import type { ResponseCase, Safeguards } from './schema.ts'
import type { Customer } from './store.ts'

/** What holds for a customer's request to a model. */
export interface Admission {
  /** Why it is not served, for the customer; null = it is. */
  readonly refused: string | null
  readonly safeguards: Safeguards | null
  readonly incident: string | null
}

interface Placed {
  readonly effect: string
  readonly state: string
  readonly frozen: ReadonlySet<string>
  readonly safeguards: Safeguards | null
  readonly incident: string | null
  readonly since: string
}

const OPEN: Admission = Object.freeze({ refused: null, safeguards: null, incident: null })
const machine = new Machine(DEPLOYMENT_MACHINE)

/** Who is served by which model: in memory, asked with every request, kept in step with the store. */
export class Board {
  /** What holds for a model: the strictest of all that concerns it. */
  readonly #placed = new Map<string, Placed>()
  readonly #cases = new Map<string, ResponseCase>()
  readonly #customers = new Map<string, Set<string>>()
  #news: { gatewayModel: string; organisationId: string }[] = []
  readonly #requiresRelease: (model: string) => boolean

  /** @param requiresRelease whether this model is served to nobody before it has passed its gate */
  constructor(requiresRelease: (model: string) => boolean) {
    this.#requiresRelease = requiresRelease
  }

  /** Takes cases as they are now. */
  place(cases: readonly ResponseCase[]): void {
    const touched = new Set<string>()
    for (const of of cases) {
      if (of.machine !== 'deployment' || of.drill) continue
      for (const model of [...of.gatewayModels, ...(this.#cases.get(of.id)?.gatewayModels ?? [])]) touched.add(model)
      this.#cases.set(of.id, of)
    }
    for (const model of touched) {
      const about = [...this.#cases.values()].filter(({ gatewayModels }) => gatewayModels.includes(model)).map(toPlaced)
      const strictest = about.toSorted((a, b) => STRICTNESS.indexOf(b.effect) - STRICTNESS.indexOf(a.effect))[0]
      if (strictest === undefined) this.#placed.delete(model)
      else this.#placed.set(model, strictest)
    }
  }

  /** Takes who is known to be a customer. */
  know(customers: readonly { readonly gatewayModel: string; readonly organisationId: string }[]): void {
    for (const { gatewayModel, organisationId } of customers) this.#customersOf(gatewayModel).add(organisationId)
  }

  /** Whether this organisation may use this model now. In memory, synchronous, about a tenth of a microsecond. */
  admission(model: string, organisationId: string): Admission {
    const placed = this.#placed.get(model)
    if (placed === undefined && this.#requiresRelease(model))
      return refused(`the model ${quoted(model)} is not released`)
    const isOpen = placed === undefined || placed.effect === 'everybody'
    if (isOpen) {
      const known = this.#customersOf(model)
      if (!known.has(organisationId)) {
        known.add(organisationId)
        this.#news.push({ gatewayModel: model, organisationId })
      }
      return OPEN
    }
    const { effect, frozen, safeguards, incident, since } = placed
    if (effect === 'nobody') return refused(`the model ${quoted(model)} is not open since ${since}`, incident)
    if (frozen.has(organisationId)) return { refused: null, safeguards, incident }
    return refused(
      `the model ${quoted(model)} takes no new customers since ${since}, while it is assessed; organisations that used it before go on being served. Use another model (GET /v1/models), or ask whoever runs this service`,
      incident,
    )
  }

  /** Models that somebody has a say about, with what holds. */
  list(): { model: string; state: string; effect: string; customers: number }[] {
    return [...this.#placed].map(([model, { state, effect, frozen }]) => ({
      model,
      state,
      effect,
      customers: effect === 'everybody' ? this.#customersOf(model).size : frozen.size,
    }))
  }

  /** Customers that are not on record yet; the caller puts them there, or gives them back. */
  takeNews(nowMs: number): Customer[] {
    const since = new Date(nowMs)
    const news = this.#news.filter(({ gatewayModel }) => this.#isOpen(gatewayModel))
    this.#news = []
    return news.map((one) => ({ ...one, since }))
  }

  giveBack(customers: readonly Customer[]): void {
    this.#news.push(...customers)
  }

  #isOpen(model: string): boolean {
    const placed = this.#placed.get(model)
    return placed === undefined || placed.effect === 'everybody'
  }

  #customersOf(model: string): Set<string> {
    const known = this.#customers.get(model)
    if (known !== undefined) return known
    const made = new Set<string>()
    this.#customers.set(model, made)
    return made
  }
}

const STRICTNESS = ['everybody', 'existing', 'nobody']

function toPlaced({ state, frozen, safeguards, incident, changedAt }: ResponseCase): Placed {
  return { effect: machine.effect({ state }), state, frozen: new Set(frozen), safeguards, incident, since: changedAt }
}

function refused(why: string, incident: string | null = null): Admission {
  return { refused: incident === null ? why : `${why} (${incident})`, safeguards: null, incident }
}

function quoted(model: string): string {
  return `"${model.slice(0, 100)}"`
}
