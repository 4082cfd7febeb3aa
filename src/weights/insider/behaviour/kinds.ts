import type { Activity } from '../activity/activity.ts'

/** Which kinds of activity are about what: by how they begin, and words within, so that a kind that is added later falls into its place. */

const SENSITIVE = [
  'weights.',
  'content.',
  'policy.',
  'ledger.',
  'approvals.',
  'review.labels',
  'system.backup',
  'system.keys',
  'system.restor',
  'staff.role',
  'staff.passkey',
  'staff.recovery',
]

/** What somebody in somebody else's place, or with something to hide, would do: not merely being at work. */
export const isSensitive = remembered((kind) => SENSITIVE.some((prefix) => kind.startsWith(prefix)))

/** Use of weights, as opposed to being told of them. */
export function isUse(kind: string): boolean {
  return kind === 'weights.read' || kind === 'weights.opened' || kind === 'weights.session_started'
}

const OUTSIDE = /^(?:auditd|cloudtrail|okta|ocsf|cert|lanl)\./

export const isOutside = remembered((kind) => OUTSIDE.test(kind))

const MEDIA = /usb|removable|_mount|burn/i
const COPIERS =
  /(?:^|[/\s])(?:rclone|restic|croc|azcopy|gsutil|s3cmd|ncat|nc|socat|mega-?\w*|magic-wormhole|wormhole)(?:$|\s)/i

/** How much may leave the house by it, in bytes: to a medium or by a program that is there for that nobody knows how much, to a cloud what it says. */
export function mayTakeOut({ kind, bytes, data }: Activity): number {
  if (!isOutside(kind)) return 0
  if (isMedia(kind)) return Number.POSITIVE_INFINITY
  if (typeof data.exe === 'string' && COPIERS.test(data.exe.slice(0, 500))) return Number.POSITIVE_INFINITY
  return bytes
}

const isMedia = remembered((kind) => MEDIA.test(kind))

const WATCHING = /log|audit|ledger|trail|notify|alert|monitor|guardduty|detector|syslog|siem|canar/i
const UNDOING = /delet|remov|stop|disabl|truncat|clear|unlink|erase|suspend|purge|unsubscrib|detach|rotat|kill|mute/i

/** Whether a kind, by its name, undoes a part of what watches: `cloudtrail.StopLogging`, `notify.channel_removed`. */
export const undoesWatching = remembered((kind) => {
  const [source = '', ...rest] = kind.split('.')
  const name = rest.join('.')
  const about = isOutside(kind) ? name : `${source}.${name}`
  return WATCHING.test(about) && UNDOING.test(name)
})

const LOG_PATH = /(?:\/log\/|\/audit|auditd|\.log\b|journal|ledger|trail|wtmp|utmp|history)/i
const UNDOING_COMMAND =
  /\b(?:rm|shred|truncate|unlink|auditctl|systemctl|service|journalctl|logrotate|sed|dd|tee|chattr|pkill|kill)\b/i

const TELLING = [
  ...['exe', 'path', 'name', 'command', 'cmdline', 'args', 'proctitle', 'key', 'a0', 'a1', 'a2'],
  ...['bucket', 'bucketName', 'object', 'resource', 'trail', 'unit', 'service'],
]

/** Whether what a machine or a cloud tells is about a log or the audit itself, and takes from it. */
export function touchesLogs(kind: string, data: Readonly<Record<string, unknown>>): boolean {
  if (!isOutside(kind)) return false
  if (kind === 'auditd.config_change') return true
  const words = TELLING.map((name) => data[name])
    .filter((value): value is string => typeof value === 'string')
    .map((value) => value.slice(0, 500))
    .join(' ')
  if (!LOG_PATH.test(words)) return false
  return UNDOING.test(kind) || UNDOING_COMMAND.test(words)
}

const LOOSENS = new Set([
  'weights.budget_set',
  'weights.budget_raised',
  'weights.budget_lifted',
  'weights.overlay_switched',
  'weights.lock_lifted',
  'weights.canary_retired',
  'weights.canary_removed',
  'policy.published',
  'policy.activated',
  'policy.rolled_back',
  'redress.exemption_granted',
  'enforcement.exemption_granted',
  'gateway.mode_set',
  'screening.mode_set',
  'canaries.removed',
  'staff.passkeys_reset',
])
const LOOSENING = /exempt|observe|loosen|lifted|overlay|relax|bypass|weaken|threshold/i

const mayLoosen = remembered(
  (kind) => LOOSENS.has(kind) || (LOOSENING.test(kind) && !isOutside(kind) && !kind.startsWith('approvals.')),
)

/** Whether a safeguard is, or may be, less after it; an event that says it isn't is believed. */
export function loosens(kind: string, data: Readonly<Record<string, unknown>>): boolean {
  if (data.loosens === false || data.raised === false || data.on === true) return false
  return mayLoosen(kind)
}

const MOST_KINDS = 2_000

/** There are few kinds, and each is met a million times: what is decided of one is decided once. */
function remembered(decide: (kind: string) => boolean): (kind: string) => boolean {
  const known = new Map<string, boolean>()
  return (kind) => {
    const before = known.get(kind)
    if (before !== undefined) return before
    const is = decide(kind)
    if (known.size < MOST_KINDS) known.set(kind, is)
    return is
  }
}
