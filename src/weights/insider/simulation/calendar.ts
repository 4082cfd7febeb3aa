import type { Draw } from './draw.ts'
import type { Parameters } from './parameters.ts'
import type { Person, World } from './world/world.ts'

const YEAR_DAYS = 365
const WEEK_DAYS = 7
const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const ON_CALL_JOBS = ['inference_engineer', 'security_engineer', 'it'] as const

export interface Span {
  readonly firstDay: number
  readonly lastDay: number
}

/** Who works when: weekends, holidays of each office, vacations, sick days, weeks on call. The same for everybody who asks. */
export class Calendar {
  readonly #world: World
  readonly #holidays = new Map<number, ReadonlySet<number>>()
  readonly #away = new Map<string, readonly Span[]>()
  readonly #onCall = new Map<number, ReadonlySet<string>>()

  constructor(world: World, parameters: Parameters, draw: Draw) {
    this.#world = world
    const perDay = parameters.value('time.holidaysPerYear') / YEAR_DAYS
    for (const zone of new Set(world.people.map(({ zoneMinutes }) => zoneMinutes))) {
      const source = draw.fork(`holidays ${zone}`)
      this.#holidays.set(zone, new Set(daysOf(world.days + WEEK_DAYS).filter(() => source.chance(perDay))))
    }
    for (const person of world.people) this.#away.set(person.id, awayOf(world.days, parameters, draw.fork(person.id)))
    const weeks = Math.ceil(world.days / WEEK_DAYS)
    for (let week = 0; week < weeks; week++) this.#onCall.set(week, this.#rotation(week))
  }

  /** Whether somebody belongs to the organisation on this day. */
  isEmployed({ firstDay, leaving }: Person, day: number): boolean {
    return day >= firstDay && (leaving === null || day <= leaving.lastDay)
  }

  isWeekend(day: number): boolean {
    return day % WEEK_DAYS >= 5
  }

  isHoliday({ zoneMinutes }: Person, day: number): boolean {
    return this.#holidays.get(zoneMinutes)?.has(day) ?? false
  }

  isAway({ id }: Person, day: number): boolean {
    return this.#away.get(id)?.some(({ firstDay, lastDay }) => day >= firstDay && day <= lastDay) ?? false
  }

  isOnCall({ id }: Person, day: number): boolean {
    return this.#onCall.get(Math.floor(day / WEEK_DAYS))?.has(id) ?? false
  }

  isAtWork(person: Person, day: number): boolean {
    if (!this.isEmployed(person, day) || this.isAway(person, day)) return false
    return !this.isWeekend(day) && !this.isHoliday(person, day)
  }

  /** Ids of who is on call in a week. */
  onCallIn(week: number): ReadonlySet<string> {
    return this.#onCall.get(week) ?? new Set()
  }

  shift({ shift, zoneMinutes }: Person, day: number): { startMs: number; endMs: number } {
    const midnightMs = this.#world.startMs + day * DAY_MS - zoneMinutes * MINUTE_MS
    return { startMs: midnightMs + shift.startMinute * MINUTE_MS, endMs: midnightMs + shift.endMinute * MINUTE_MS }
  }

  /** One of each team that has a pager, week after week, who is there on its Monday. */
  #rotation(week: number): ReadonlySet<string> {
    const monday = week * WEEK_DAYS
    const teams = this.#world.teams.filter(({ job }) => ON_CALL_JOBS.some((one) => one === job))
    return new Set(
      teams.flatMap(({ people }) => {
        const there = people.filter((person) => this.isEmployed(person, monday) && !this.isAway(person, monday))
        const next = there[week % Math.max(1, there.length)]
        return next === undefined ? [] : [next.id]
      }),
    )
  }
}

function daysOf(count: number): number[] {
  return Array.from({ length: count }, (_, day) => day)
}

function awayOf(days: number, parameters: Parameters, draw: Draw): Span[] {
  const spans: Span[] = []
  const vacations = draw.poisson((parameters.value('time.vacationsPerYear') * days) / YEAR_DAYS)
  for (let count = 0; count < vacations; count++) {
    const firstDay = draw.int(0, days - 1)
    spans.push({ firstDay, lastDay: firstDay + Math.round(draw.logNormal(parameters.value('time.vacationDays'), 0.4)) })
  }
  const sick = draw.poisson((parameters.value('time.sickPerYear') * days) / YEAR_DAYS / 2)
  for (let count = 0; count < sick; count++) {
    const firstDay = draw.int(0, days - 1)
    spans.push({ firstDay, lastDay: firstDay + draw.int(0, 2) })
  }
  return spans
}
