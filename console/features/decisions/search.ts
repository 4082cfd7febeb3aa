import { defaultStringifySearch } from '@tanstack/react-router'
import type { Routes } from '../../app/api/schema.ts'
import { OUTCOMES, type Outcome } from './words.ts'

/** What is looked for; all of it stands in the link. */
export interface DecisionsSearch {
  readonly outcome?: Outcome | undefined
  readonly label?: string | undefined
  readonly clause?: string | undefined
  readonly organisation?: string | undefined
  readonly project?: string | undefined
  readonly key?: string | undefined
  readonly endUser?: string | undefined
  readonly model?: string | undefined
  readonly surface?: string | undefined
  readonly policyVersion?: string | undefined
  /** `false`: what was refused and let through all the same. */
  readonly enforced?: 'true' | 'false' | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
  /** The beginning of an id. */
  readonly id?: string | undefined
  readonly sort?: string | undefined
  /** The list stands still. */
  readonly paused?: true | undefined
}

/** Those that a value can be typed for, in the order in which they are offered. */
export const TYPED = {
  clause: 'Clause',
  organisation: 'Organisation',
  project: 'Project',
  key: 'Key',
  endUser: 'End user',
  model: 'Model',
  surface: 'Surface',
  policyVersion: 'Policy version',
  id: 'Decision',
} as const
export type TypedField = keyof typeof TYPED
export const TYPED_FIELDS = Object.keys(TYPED) as TypedField[]

const PREFIXES: readonly (readonly [string, TypedField])[] = [
  ['dec_', 'id'],
  ['org_', 'organisation'],
  ['prj_', 'project'],
  ['key_', 'key'],
  ['eu_', 'endUser'],
]

/** What a pasted identifier names; null for anything else. */
export function fieldOf(text: string): TypedField | null {
  return PREFIXES.find(([prefix]) => text.startsWith(prefix))?.[1] ?? null
}

const DECISION = /^dec_[0-9A-HJKMNP-TV-Z]{0,26}$/

export function readSearch(raw: Record<string, unknown>): DecisionsSearch {
  return {
    outcome: isOutcome(raw.outcome) ? raw.outcome : undefined,
    label: text(raw.label),
    clause: text(raw.clause),
    organisation: text(raw.organisation),
    project: text(raw.project),
    key: text(raw.key),
    endUser: text(raw.endUser),
    model: text(raw.model),
    surface: text(raw.surface),
    policyVersion: text(raw.policyVersion),
    enforced: raw.enforced === false || raw.enforced === 'false' ? 'false' : undefined,
    since: time(raw.since),
    until: time(raw.until),
    id: typeof raw.id === 'string' && DECISION.test(raw.id) ? raw.id : undefined,
    sort: text(raw.sort),
    paused: raw.paused === true ? true : undefined,
  }
}

function isOutcome(value: unknown): value is Outcome {
  return typeof value === 'string' && value in OUTCOMES
}

/** A clause may have been read as a number from a link that somebody wrote by hand. */
function text(value: unknown): string | undefined {
  const read = typeof value === 'number' ? String(value) : value
  return typeof read === 'string' && read.trim() !== '' && read.length <= 200 ? read.trim() : undefined
}

function time(value: unknown): string | undefined {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? new Date(value).toISOString() : undefined
}

export type DecisionsQuery = Routes['GET /api/v1/decisions']['query']

/** The filters as the API takes them. */
export function toQuery({ id, sort: _, paused: __, ...filters }: DecisionsSearch): DecisionsQuery {
  return { ...filters, idPrefix: id }
}

/** As a link to the list. */
export function decisionsHref(search: DecisionsSearch): string {
  return `/decisions${defaultStringifySearch({ ...search })}`
}
