import type { Place } from '../../index.ts'
import type { Draw } from '../draw.ts'
import type { Organisation, Presence } from '../organisation.ts'
import { far } from '../world/places.ts'
import type { Person } from '../world/world.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const MONTH_DAYS = 30
const TRIP_KM = 1_500
const LONGEST_TRIP_DAYS = 12
const MOST_FUMBLES = 4

/** Who is at work today, from when to when and from where; and their sign-ins, with all that goes wrong with these. */
export function comeToWork(organisation: Organisation): void {
  const draw = organisation.drawOf('rhythm')
  organisation.present.clear()
  for (const person of organisation.employed()) {
    const presence = presenceOf(person, organisation, draw)
    if (presence === null) continue
    organisation.present.set(person.id, presence)
    signIns(person, presence, organisation, draw)
  }
}

function presenceOf(person: Person, organisation: Organisation, draw: Draw): Presence | null {
  const { calendar, day, parameters } = organisation
  const isOnCall = calendar.isOnCall(person, day)
  const { habits } = person
  const isWorkday = calendar.isAtWork(person, day)
  if (!isWorkday) {
    if (calendar.isAway(person, day)) return null
    if (!draw.chance(isOnCall ? 0.4 : habits.weekendShare)) return null
  }
  const { startMs, endMs } = calendar.shift(person, day)
  const jitter = parameters.value('time.jitterMinutes')
  const isLate = draw.chance(isOnCall ? habits.lateShare + 0.15 : habits.lateShare)
  const begin = startMs + draw.normal(isWorkday ? 0 : 90, jitter) * MINUTE_MS
  const end = endMs + draw.normal(0, jitter) * MINUTE_MS + (isLate ? draw.exponential(2.5) * HOUR_MS : 0)
  const latest = startMs + 15 * HOUR_MS
  const from = Math.max(organisation.built.world.startMs, begin)
  return {
    startMs: from,
    endMs: Math.min(latest, Math.max(from + HOUR_MS, end)),
    place: placeOf(person, organisation, draw),
  }
}

/** At the office, at home, through the organisation's own network, or on a journey that takes some days. */
function placeOf(person: Person, organisation: Organisation, draw: Draw): Place {
  const { parameters } = organisation
  const trip = tripOf(person, organisation)
  if (trip !== null) return draw.chance(0.3) ? organisation.nearby(trip, draw) : trip
  if (draw.chance(parameters.value('signIn.vpn') * 0.5)) {
    const own = organisation.lasting(`vpn ${person.id}`)
    return own.pick(organisation.egress)
  }
  return draw.chance(parameters.value('signIn.fromHome')) ? person.home : person.office
}

function tripOf(person: Person, organisation: Organisation): Place | null {
  const { day, parameters } = organisation
  const perDay = parameters.value('signIn.travelPerMonth') / MONTH_DAYS
  for (let began = Math.max(0, day - LONGEST_TRIP_DAYS); began <= day; began++) {
    const draw = organisation.lasting(`trip ${person.id} ${began}`)
    if (!draw.chance(perDay)) continue
    if (began + draw.int(1, LONGEST_TRIP_DAYS) < day) continue
    return far(person.office, TRIP_KM, draw)
  }
  return null
}

function signIns(person: Person, { startMs, endMs, place }: Presence, organisation: Organisation, draw: Draw): void {
  const { parameters } = organisation
  const worker = organisation.worker(person, startMs, draw)
  if (draw.chance(parameters.value('signIn.forgotten'))) {
    for (let count = draw.int(3, 9); count > 0; count--) worker.failSignIn()
    worker.wait(draw.real(2, 30) * MINUTE_MS)
  } else if (draw.chance(person.habits.fumbleShare)) {
    for (let count = draw.int(1, MOST_FUMBLES); count > 0; count--) worker.failSignIn()
  }
  worker.signIn()
  const again = draw.poisson(parameters.value('signIn.again'))
  for (let count = 0; count < again; count++) {
    worker.at(draw.real(startMs + HOUR_MS / 2, endMs))
    const hosts = organisation.hostsOf(person).filter(({ kind }) => kind !== 'cluster')
    if (hosts.length > 1 && draw.chance(0.3)) worker.on(draw.pick(hosts), place)
    worker.signIn()
  }
  if (draw.chance(parameters.value('signIn.phone'))) {
    const phone = organisation.lasting(`phone ${person.id}`)
    const host = { id: `dev_phone_${phone.code(8)}`, kind: 'laptop' as const, place }
    worker.at(draw.real(startMs, endMs)).on(host, organisation.nearby(place, draw)).signIn()
  }
  if (draw.chance(0.3)) organisation.worker(person, endMs, draw).signOut()
}
