import { z } from 'zod'
import type { Finding, Probe } from '../../probe.ts'
import {
  attested,
  count,
  day,
  daysBetween,
  entryOf,
  fails,
  holds,
  listed,
  record,
  seen,
  stale,
  unknown,
} from '../findings.ts'
import type { World } from '../world.ts'

export type InsiderWorld = Pick<
  World,
  'insider' | 'response' | 'access' | 'holders' | 'notify' | 'entries' | 'attestations' | 'clock'
>

/** Another replica takes over within seconds. */
const UNWATCHED_MS = 60_000
/** What a rehearsal showed is believed for so long. */
const REHEARSED_DAYS = 180
const DRILL = 'safelevel insider drill'
const REHEARSE = 'safelevel response drill'
const KEY_DRILL = 'safelevel vault drill lost-key'

/** As `system.key_drill` has it. */
const KeyDrill = z.object({
  passed: z.boolean(),
  recovered: z.int(),
  lost: z.array(z.string()),
  other: z.array(z.string()),
})

export function insiderProbes(world: InsiderWorld): Probe[] {
  return [
    { control: 'SEC-03', look: () => watched(world) },
    { control: 'SEC-15', look: () => ready(world) },
    { control: 'SEC-31', look: () => rehearsed(world) },
  ]
}

/** Somebody watches now, and a drill has shown lately that what is watched for is found. */
async function watched({ insider, entries, clock }: InsiderWorld): Promise<Finding> {
  if (!insider.config.watch)
    return fails('nothing is watched for insiders', 'weights.insider.watch: true in safelevel.yaml')
  const { held, unwatchedMs, problem, lag } = await insider.watching()
  if (unwatchedMs > UNWATCHED_MS) {
    const why = problem === null ? '' : ` (${problem})`
    return fails(
      `nobody has watched for insiders for ${Math.floor(unwatchedMs / 1_000)} s${why}`,
      'safelevel insider watch',
    )
  }
  if (!held) return unknown('the watch for insiders has not begun yet', 'safelevel insider watch')
  const drills = await insider.drills.list()
  const done = drills.find(({ ok }) => ok !== null)
  const now = seen(`the watch runs, ${count(lag, 'entry', 'entries')} behind the ledger`)
  if (done === undefined)
    return unknown('insiders are watched for, and no drill has shown yet that one would be found', DRILL, [now])
  const evidence = [
    now,
    record('insider drill', done.id),
    ...entryOf(await entries.last('insider.drill_ended', done.id)),
  ]
  if (done.ok === false) return fails(`the drill of ${day(done.startedAt)} raised no alert in time`, DRILL, evidence)
  const age = daysBetween(Date.parse(done.startedAt), clock.now())
  if (age > REHEARSED_DAYS) return stale(`the last drill of the watch was ${age} days ago`, DRILL, evidence)
  return holds(
    `insiders are watched for; the drill of ${day(done.startedAt)} was found within ${done.alertMs ?? 0} ms`,
    evidence,
  )
}

/** Whoever must act is there, what is told gets out, and the answer to the gravest cases was gone through. */
async function ready(world: InsiderWorld): Promise<Finding> {
  const people = await world.holders(['ciso', 'security_engineer'])
  if (people === 0)
    return fails(
      'nobody would answer a security incident: neither CISO nor security engineer is held',
      'console: /people',
    )
  const channels = await world.notify.channels()
  const failing = channels.filter(({ lastError }) => lastError !== null)
  if (failing.length > 0)
    return fails(
      `${count(failing.length, 'channel')} of notices fail: nobody outside would hear of an incident`,
      'safelevel notify channels',
    )
  const drill = await lastRehearsal(world)
  if (drill.state !== 'holds') return drill
  return holds(`${count(people, 'person', 'people')} to answer; ${drill.says}`, drill.evidence)
}

async function lastRehearsal({ response, entries, clock }: InsiderWorld): Promise<Finding> {
  const [last] = await response.drills.list()
  if (last === undefined) return unknown('no rehearsal of the response is on record', REHEARSE)
  const evidence = [record('drill', last.id), ...entryOf(await entries.last('response.drill_filed', last.id))]
  if (!last.ok) return fails(`the rehearsal of ${day(last.filedAt)} did not go as it should`, REHEARSE, evidence)
  const age = daysBetween(Date.parse(last.filedAt), clock.now())
  if (age > REHEARSED_DAYS) return stale(`the last rehearsal of the response was ${age} days ago`, REHEARSE, evidence)
  return holds(`the rehearsal of ${day(last.filedAt)} went as it should`, evidence)
}

/** The newest drill of all keys, unless one of some keys has failed since; null while there is none. */
async function lastKeyDrill({ entries, clock }: InsiderWorld): Promise<Finding | null> {
  const notes = [await entries.last('system.key_drill'), await entries.last('system.key_drill_partial')]
  const drills = await Promise.all(
    notes.flatMap((note) => (note === null ? [] : [entries.event(note.entry).then((event) => ({ note, event }))])),
  )
  const read = drills.flatMap(({ note, event }) => {
    const drill = KeyDrill.safeParse(event?.data)
    return drill.success ? [{ note, drill: drill.data }] : []
  })
  const whole = read.find(({ note }) => note.event === 'system.key_drill')
  const since = read.find(({ note, drill }) => !drill.passed && note.entry > (whole?.note.entry ?? -1))
  const told = since ?? whole
  if (told === undefined) return null
  const { note, drill } = told
  const evidence = [record('key drill', note.subject), ...entryOf(note)]
  if (!drill.passed) {
    const says = `the drill of ${day(note.at)} for lost keys could not recover ${listed([...drill.lost, ...drill.other])}`
    return fails(says, KEY_DRILL, evidence)
  }
  const age = daysBetween(Date.parse(note.at), clock.now())
  if (age > REHEARSED_DAYS) return stale(`the last drill for lost keys was ${age} days ago`, KEY_DRILL, evidence)
  return holds(`the drill of ${day(note.at)} for lost keys recovered all ${drill.recovered}`, evidence)
}

/** Four kinds of drills are done here; one that failed counts, whatever the others showed. */
async function rehearsed(world: InsiderWorld): Promise<Finding> {
  const response = await lastRehearsal(world)
  if (response.state === 'fails' || response.state === 'stale') return response
  const keys = await lastKeyDrill(world)
  if (keys?.state === 'fails' || keys?.state === 'stale') return keys
  const insider = (await world.insider.drills.list()).find(({ ok }) => ok !== null)
  const canary = await world.entries.last('weights.canary_touched')
  const shown = [
    ...response.evidence,
    ...(insider === undefined ? [] : [record('insider drill', insider.id)]),
    ...entryOf(canary),
    ...(keys?.evidence ?? []),
  ]
  if (insider?.ok === false) return fails(`the insider drill of ${day(insider.startedAt)} failed`, DRILL, shown)
  if (response.state === 'holds') {
    const said = keys?.says ?? 'no drill for lost keys is on record yet'
    return holds(`${response.says}; ${said}`, shown)
  }
  return attested(world, 'SEC-31', 'no rehearsal is on record, and nobody has said that drills are held', shown)
}
