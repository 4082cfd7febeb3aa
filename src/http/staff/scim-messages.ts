import { z } from 'zod'
import { AppError } from '../../base/errors.ts'
import type { Person, ScimUser } from '../../staff/index.ts'

export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group'
const ERROR_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:Error'
const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'
const MAX_OPERATIONS = 100
const MAX_MEMBERS = 10_000

const Text = z.string().max(500)
/** Some providers send booleans as words. */
const Flag = z.union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'], case: 'insensitive' })])
const Emails = z.array(z.object({ value: Text, primary: Flag.optional() })).max(20)
const Name = z.object({ formatted: Text.optional(), givenName: Text.optional(), familyName: Text.optional() })

/** RFC 7643 §4.1, as much as is kept here; the rest is taken and dropped. */
export const UserResource = z.object({
  userName: Text.optional(),
  externalId: Text.optional(),
  displayName: Text.optional(),
  name: Name.optional(),
  emails: Emails.optional(),
  active: Flag.optional(),
})
const Members = z.array(z.object({ value: Text })).max(MAX_MEMBERS)
export const GroupResource = z.object({ displayName: Text.min(1), members: Members.default([]) })

/** RFC 7644 §3.5.2 */
export const Patch = z.object({
  Operations: z
    .array(z.object({ op: z.string().max(10), path: z.string().max(500).optional(), value: z.unknown().optional() }))
    .max(MAX_OPERATIONS),
})
export type Patch = z.infer<typeof Patch>

export function toScimUser(resource: z.infer<typeof UserResource>): ScimUser {
  const { userName, externalId, displayName, name, emails, active } = resource
  const parts = [name?.givenName, name?.familyName].filter((part) => part !== undefined).join(' ')
  const email = emails?.find(({ primary }) => primary === true) ?? emails?.[0]
  return {
    userName,
    externalId,
    displayName: displayName ?? name?.formatted ?? (parts || undefined),
    email: email?.value,
    active,
  }
}

/** What a PATCH of a user comes to; paths that mean nothing here are passed over, as the RFC lets a server do. */
export function patchUser({ Operations }: Patch): ScimUser {
  const merged: Record<string, unknown> = {}
  for (const { op, path, value } of Operations) {
    const verb = op.toLowerCase()
    if (verb !== 'add' && verb !== 'replace') continue
    if (path === undefined) Object.assign(merged, z.record(z.string(), z.unknown()).parse(value))
    else if (/^emails\[/i.test(path)) merged.emails = [{ value }]
    else if (/^name\.formatted$/i.test(path)) merged.displayName = value
    else merged[path] = value
  }
  return toScimUser(UserResource.parse(merged))
}

/** What a PATCH makes of a group's name and members. @throws {AppError} REQUEST_INVALID */
export function patchGroup<G extends { displayName: string; members: string[] }>(group: G, { Operations }: Patch): G {
  let { displayName, members } = group
  for (const { op, path = '', value } of Operations) {
    const verb = op.toLowerCase()
    const one = /^members\[value eq "([^"]{1,100})"\]$/i.exec(path)?.[1]
    if (one !== undefined && verb === 'remove') members = members.filter((id) => id !== one)
    else if (/^members$/i.test(path)) members = changeMembers(members, verb, value)
    else if (/^displayName$/i.test(path) && verb !== 'remove') displayName = Text.min(1).parse(value)
    else if (path === '' && verb !== 'remove') {
      const whole = GroupResource.partial().parse(value)
      displayName = whole.displayName ?? displayName
      if (whole.members !== undefined) members = changeMembers(members, verb, whole.members)
    } else throw new AppError('REQUEST_INVALID', 'an operation that is not known here')
  }
  return { ...group, displayName, members }
}

/** @throws {AppError} REQUEST_INVALID beyond as many as a group may have */
function changeMembers(members: readonly string[], verb: string, value: unknown): string[] {
  const given = value === undefined ? null : new Set(Members.parse(value).map((member) => member.value))
  if (verb === 'remove') return given === null ? [] : members.filter((id) => !given.has(id))
  const next = verb === 'replace' ? (given ?? []) : new Set([...members, ...(given ?? [])])
  const all = [...next]
  if (all.length > MAX_MEMBERS) throw new AppError('REQUEST_INVALID', `a group has at most ${MAX_MEMBERS} members`)
  return all
}

/**
 * `attribute eq "value"`, the one filter that providers need.
 *
 * @param attributes by which this kind of resource is found
 * @throws {AppError} REQUEST_INVALID for any other
 */
export function readFilter<Name extends string>(
  filter: string | undefined,
  attributes: readonly Name[],
): { readonly name: Name; readonly value: string } | null {
  if (filter === undefined || filter === '') return null
  const [, asked, value = ''] = /^(\w{1,30}) eq "([^"\\]{1,500})"$/.exec(filter) ?? []
  const name = attributes.find((one) => one.toLowerCase() === asked?.toLowerCase())
  if (name !== undefined) return { name, value }
  throw new AppError('REQUEST_INVALID', `filters here are: ${attributes.map((one) => `${one} eq "…"`).join(', ')}`)
}

export function userView(person: Person) {
  return {
    schemas: [USER_SCHEMA],
    id: person.id,
    ...(person.externalId === null ? {} : { externalId: person.externalId }),
    userName: person.email ?? person.id,
    displayName: person.displayName,
    emails: person.email === null ? [] : [{ value: person.email, primary: true }],
    active: person.active,
    meta: { resourceType: 'User', created: person.createdAt, location: `/scim/v2/Users/${person.id}` },
  }
}

export function groupView({
  id,
  displayName,
  members,
}: {
  id: string
  displayName: string
  members: readonly string[]
}) {
  const meta = { resourceType: 'Group', location: `/scim/v2/Groups/${id}` }
  return { schemas: [GROUP_SCHEMA], id, displayName, members: members.map((value) => ({ value })), meta }
}

export function listView(resources: readonly object[]) {
  const count = resources.length
  return { schemas: [LIST_SCHEMA], totalResults: count, startIndex: 1, itemsPerPage: count, Resources: resources }
}

export function errorView(status: number, detail: string, scimType?: string) {
  return { schemas: [ERROR_SCHEMA], status: `${status}`, detail, ...(scimType === undefined ? {} : { scimType }) }
}
