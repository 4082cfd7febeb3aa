import type { Actor, Stage } from '../campaign.ts'

const GIB = 2 ** 30

/** Of all plays: those whose exit no log of ours sees, a machine at home or a picture of a screen. The rest use the network, or a stick. */
const UNSEEN = 0.45
const NETWORK = 0.8

/**
 * How what was read leaves the house: one way for a whole campaign, and not after every sitting, as who waits is seen less.
 *
 * @param bytes that were read in this sitting; 0 = none
 */
export function carryOut(stage: Stage, actor: Actor, bytes: number): void {
  const way = stage.parameter('exit', { from: 0, to: 1 })
  if (bytes <= 0 || way < UNSEEN) return
  if (way < NETWORK && stage.draw.chance(0.4)) upload(stage, actor, bytes)
  else if (way >= NETWORK && stage.draw.chance(0.15)) onStick(stage, actor)
}

/** The same where the way out is the only thing that tells a theft from a day's work: some log always sees it. */
export function carryOutSeen(stage: Stage, actor: Actor, bytes: number): void {
  if (bytes <= 0) return
  if (stage.parameter('exit', { from: 0, to: 1 }) < NETWORK) upload(stage, actor, bytes)
  else onStick(stage, actor)
}

/** To the scratch space of one's own team, to be fetched from elsewhere, or to a store that belongs to somebody else. */
export function upload(stage: Stage, actor: Actor, bytes: number): void {
  const own = stage.draw.fork('bucket')
  const bucket = own.chance(0.5) ? `${actor.person.team}-scratch` : `b-${own.code(8)}`
  const objects = Math.min(24, Math.max(1, Math.ceil(bytes / (4 * GIB))))
  for (let sent = 0; sent < objects; sent++) {
    actor.wait(stage.draw.int(20, 400) * 1_000)
    actor.outside('cloudtrail.PutObject', { bytes: Math.floor(bytes / objects), data: { bucket } })
  }
}

function onStick(stage: Stage, actor: Actor): void {
  actor.wait(stage.draw.int(30, 300) * 1_000).outside('auditd.usb_mount')
  if (stage.draw.chance(0.5))
    actor.wait(stage.draw.int(10, 60) * 1_000).outside('auditd.execve', { data: { exe: '/usr/bin/rsync' } })
}
