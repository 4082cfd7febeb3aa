import type { Actor, Stage } from '../campaign.ts'

const GIB = 2 ** 30

/**
 * How what was read leaves the house. A careful person picks a way that leaves least; what is left is what any machine logs by itself.
 *
 * @param bytes that leave now; 0 = none
 */
export function carryOut(stage: Stage, actor: Actor, bytes: number): void {
  if (bytes <= 0) return
  const quiet = stage.parameter('quietExit', { from: 0.2, to: 0.6 })
  if (stage.draw.chance(quiet)) return
  if (stage.draw.chance(0.6)) upload(stage, actor, bytes)
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
