import type { Place } from '../../index.ts'

/** What people do for a living here. Most hold one of the roles of `src/staff/roles.ts`, those who never sign in to Safelevel hold none. */
export const JOBS = [
  'researcher',
  'inference_engineer',
  'deployer',
  'security_engineer',
  'approver',
  'analyst',
  'policy_editor',
  'leader',
  'administrator',
  'auditor',
  'contractor',
  'it',
  'software_engineer',
] as const
export type Job = (typeof JOBS)[number]

/** Jobs of those who may ask for weights. */
export const OPENING_JOBS: readonly Job[] = [
  'researcher',
  'inference_engineer',
  'deployer',
  'security_engineer',
  'contractor',
]

export interface Host {
  /** As activities name it. */
  readonly id: string
  readonly kind: 'laptop' | 'workstation' | 'cluster' | 'server'
  /** Where what it does comes from, unless somebody travels with it. */
  readonly place: Place
}

/** How somebody works, day after day: what a campaign that hides has to look like. */
export interface Habits {
  /** Sittings with weights per working day, on average; 0 for who never opens any. */
  readonly sittingsPerDay: number
  /** Ranges read per sitting, the median of a heavy-tailed number. */
  readonly readsPerSitting: number
  /** Bytes per range, median. */
  readonly bytesPerRead: number
  /** Of sittings, how many read a model from end to end. */
  readonly wholeShare: number
  /** Of working days, how many go on into the evening. */
  readonly lateShare: number
  /** Of Saturdays and Sundays, how many they work on. */
  readonly weekendShare: number
  /** Sign-ins that fail first. */
  readonly fumbleShare: number
  /** Of requests that they decide: how many they deny. */
  readonly denyShare: number
  /** Median time that they look at a request before they decide, in minutes. */
  readonly lookMinutes: number
}

export interface Person {
  readonly id: string
  readonly job: Job
  readonly team: string
  /** Roles in Safelevel, as `staff.role_granted` names them. */
  readonly roles: readonly string[]
  readonly zoneMinutes: number
  /** Local time at which they begin and end, in minutes since midnight. `endMinute` may lie beyond 1440. */
  readonly shift: { readonly startMinute: number; readonly endMinute: number }
  readonly home: Place
  readonly office: Place
  /** The first one is the one that they sign in on. */
  readonly hosts: readonly Host[]
  readonly habits: Habits
  /** Models of which they open weights in their work, by name; the first one most. */
  readonly models: readonly string[]
  /** Day on which they begin; 0 for who was there before. */
  readonly firstDay: number
  /** Their last day, and the day on which they say so; null for who stays. */
  readonly leaving: { readonly saidDay: number; readonly lastDay: number } | null
}

export interface Team {
  readonly id: string
  readonly job: Job
  readonly people: readonly Person[]
}

export interface ModelFile {
  /** Position within the version, as reads name it. */
  readonly position: number
  readonly sizeBytes: number
  readonly tensors: number
  /** A decoy: no work ever needs it. */
  readonly isCanary: boolean
}

export interface ModelVersion {
  readonly model: string
  /** `model/version`, as activities name it. */
  readonly id: string
  readonly files: readonly ModelFile[]
  readonly sizeBytes: number
  /** Day on which it was put into the vault; 0 for what was there before. */
  readonly sealedDay: number
  /** A whole version that is a decoy. */
  readonly isCanary: boolean
}

/** Everything that stands before the first day. */
export interface World {
  readonly startMs: number
  readonly days: number
  readonly people: readonly Person[]
  readonly teams: readonly Team[]
  readonly versions: readonly ModelVersion[]
  /** Hosts that belong to nobody: machines that serve, train and evaluate. */
  readonly fleet: readonly Host[]
}
