import type { Activity, Field, Place } from '../index.ts'
import type { Draw, Range } from './draw.ts'
import type { Host, ModelFile, ModelVersion, Person, World } from './world/world.ts'

/** What is reported apart, besides all together. */
export const FAMILIES = [
  'bulk',
  'low_and_slow',
  'collusion',
  'stolen_credentials',
  'tampering',
  'disguise',
  'misuse',
] as const
export type Family = (typeof FAMILIES)[number]

/**
 * One way to do harm from inside.
 *
 * A campaign is played while the days of the organisation go by, so that it finds the grants, habits and hosts that its people really have
 * that day. `play` runs until it yields, and goes on on the next day: one `yield` is one night. What its people do in their ordinary work
 * goes on beside it, by itself. Every activity that it brings about is its own, and stands in the truth.
 *
 * It draws its figures with `stage.parameter`, and its chances from `stage.draw`: nothing else may differ between two plays.
 * Where nobody or nothing is there that it needs, it returns without having done anything, and another one is played instead.
 */
export interface CampaignKind {
  /** kebab-case; unique among all kinds. */
  readonly id: string
  readonly family: Family
  /** One sentence. */
  readonly says: string
  /** Days that it may take at most, from the first preparation on. It is begun early enough; what lies beyond the last day is lost. */
  readonly longestDays: number
  play(stage: Stage): Generator<void, void, void>
}

/** What a campaign sees of the organisation, and does in it. */
export interface Stage {
  readonly world: World
  readonly draw: Draw
  /** Day of the simulation, from 0; changes with each `yield`. */
  readonly day: number
  /** Midnight UTC of `day`, ms since 1970. */
  readonly dayMs: number
  /** Days that are left, this one included. */
  readonly daysLeft: number

  /**
   * A figure of this play, drawn from `range` unless the parameters of the simulation say otherwise (`campaign.<id>.<name>`).
   * The same name gives the same figure for the whole play.
   */
  parameter(name: string, range: Range): number

  /**
   * Somebody who works here today, in no other campaign before, and fits. From then on they belong to this one, and are named in its truth.
   * @param weight how much likelier one is chosen than others; 1 where left out
   */
  recruit(fits: (person: Person) => boolean, weight?: (person: Person) => number): Person | null
  /** Another person takes part or is used, who may be in other campaigns too (an approver whose name is on a request). Not in the truth. */
  colleague(fits: (person: Person) => boolean): Person | null

  /** Sealed versions, without the decoys unless asked for. */
  versions(options?: { canaries?: boolean }): readonly ModelVersion[]
  /** The version of a model that was sealed last. */
  newest(model: string): ModelVersion | null
  /** Grants that stand now, of all or of one person: ordinary ones and those of this campaign. Oldest first. */
  grants(person?: Person): readonly Grant[]
  /** Whether somebody works today: no weekend, holiday, vacation, nor gone. Who works at weekends by habit is not counted. */
  isAtWork(person: Person): boolean
  isOnCall(person: Person): boolean
  /** First and last moment of somebody's shift that begins on this day in their time zone, whether they work or not. Ms since 1970. */
  shift(person: Person): { readonly startMs: number; readonly endMs: number }
  /** A moment within the shift, or, for `night`, within the seven hours from two hours after its end. */
  moment(person: Person, when?: 'work' | 'night' | 'lunch' | 'late'): number

  /** Begins to act as this person, at this moment, on their own first host and from where it stands. */
  actor(person: Person, atMs: number): Actor
  /** A host that nobody saw before. */
  newHost(kind: Host['kind'], place: Place): Host
  /** Somewhere on earth, `km` or more from `place`, with an address of its own. */
  placeFarFrom(place: Place, km: number): Place
  /** An address near `place` that was not seen before: a café, a hotel, a phone. */
  placeNear(place: Place): Place
}

/** Somebody at a machine at a moment. Each thing done takes time: `nowMs` moves on by itself, as it does for ordinary work. */
export interface Actor {
  readonly person: Person
  readonly nowMs: number
  readonly host: Host
  readonly place: Place

  at(timeMs: number): Actor
  wait(ms: number): Actor
  /** From now on at this machine, from this place; the place is the host's where it isn't given. */
  on(host: Host, place?: Place): Actor

  /** `staff.signed_in`; Okta's record of it too, where the organisation keeps one. */
  signIn(): void
  /** `staff.sign_in_failed` */
  failSignIn(): void
  /** `staff.session_ended` */
  signOut(): void

  /** `approvals.requested` for a grant of weights. Everybody who may open weights may ask. */
  requestGrant(asked: GrantRequest): Approval
  /** `approvals.requested` for anything else; `action` as in `src/staff/actions.ts`: `policy.publish`, `staff.grant_role`. */
  request(action: string): Approval
  /** `approvals.given`, and `approvals.approved` once enough people did: for weights `weights.grant_given` too. @returns the grant */
  approve(approval: Approval): Grant | null
  /** `approvals.denied` */
  deny(approval: Approval): void

  /**
   * `weights.session_started`, once per sitting: reads begin one where none was. `startSession` begins another one.
   */
  startSession(grant: Grant): void
  /**
   * `weights.read` (and `weights.opened`, the first time that a file is read in a session) of one range, cut into reads of at most 64 MiB.
   * What the grant's budget or window no longer covers, is refused as the vault refuses it: without an activity.
   * @returns bytes that left
   */
  read(grant: Grant, range: { readonly file: ModelFile; readonly start?: number; readonly bytes?: number }): number
  /**
   * Many ranges, one after the other.
   * `order`: from end to end, or mixed as a training job reads; `share` of all bytes (1 where left out), `chunkBytes` per read (64 MiB),
   * `bytesPerSecond` the pace; `files` where not all of them without decoys.
   * @returns bytes that left
   */
  readMany(grant: Grant, how?: ReadMany): number
  /** `weights.grant_ended` */
  endGrant(grant: Grant): void

  /** `weights.canary_touched`: of a file of a grant that was opened, or of a whole version by asking for it. */
  touchCanary(version: ModelVersion, grant?: Grant): void
  /** `weights.glass_broken` and `weights.grant_given` of the kind `break_glass`. */
  breakGlass(asked: { readonly version: ModelVersion; readonly budgetBytes?: number; readonly hours?: number }): Grant
  /** `weights.glass_refused`: with too few shares. */
  failToBreakGlass(): void
  /** `weights.device_registered` and, where somebody lets it in, `weights.device_approved`. The person has it from then on. */
  registerDevice(host: Host, approver?: Person): void
  /** `weights.copy_registered`, with `use: export` grants only. */
  registerCopy(grant: Grant): void

  /**
   * Any other thing that the ledger tells of, by its kind: `policy.draft_edited`, `policy.published`, `staff.role_granted` {person, role},
   * `staff.passkey_added`, `content.read` {reason}, `content.exported`, `weights.locked`, `weights.lock_lifted`, `weights.budget_set`,
   * `weights.overlay_switched`, `ledger.read`, …
   */
  does(kind: string, details?: Details): Activity
  /**
   * What a source outside tells of: `auditd.execve` {exe}, `auditd.usb_mount`, `auditd.unlink` {path}, `cloudtrail.PutObject` (bytes),
   * `cloudtrail.DeleteObject`, `cloudtrail.StopLogging`, `okta.user.session.start`, …
   */
  outside(kind: string, details?: Details): Activity
}

export interface Details {
  readonly subject?: { readonly type: string; readonly id: string }
  readonly data?: Readonly<Record<string, Field>>
  readonly outcome?: Activity['outcome']
  readonly bytes?: number
  readonly version?: ModelVersion
  readonly grant?: Grant
}

export const USES = ['run', 'program', 'serve', 'export'] as const
export type Use = (typeof USES)[number]

export interface GrantRequest {
  readonly version: ModelVersion
  readonly use?: Use
  /** The whole version where left out. */
  readonly budgetBytes?: number
  /** Hours that it stands from the approval on. */
  readonly hours?: number
  /** All but the decoys where left out. */
  readonly files?: readonly ModelFile[]
}

/** A request that waits for others. */
export interface Approval {
  readonly id: string
  readonly action: string
  readonly requester: Person
  readonly asked: GrantRequest | null
  readonly host: Host
  /** Others who must agree. */
  readonly needed: number
  readonly approvers: readonly Person[]
  readonly requestedMs: number
}

export interface Grant {
  readonly id: string
  readonly person: Person
  readonly version: ModelVersion
  readonly use: Use
  readonly kind: 'person' | 'standing' | 'break_glass'
  readonly host: Host
  readonly files: readonly ModelFile[]
  readonly budgetBytes: number
  readonly spentBytes: number
  readonly givenMs: number
  readonly expiresMs: number
}

export interface ReadMany {
  readonly order?: 'serial' | 'shuffled'
  readonly files?: readonly ModelFile[]
  /** Of all bytes of the files; the first ones, or those that come first when shuffled. */
  readonly share?: number
  /** Ranges left out at the beginning, in bytes: to go on where one stopped. `serial` only. */
  readonly skipBytes?: number
  readonly chunkBytes?: number
  readonly bytesPerSecond?: number
}
