import { AppError } from '../base/errors.ts'
import type { Db } from '../db/index.ts'
import type { Change } from './change.ts'
import { Name, type Tenant } from './schema.ts'
import * as store from './store.ts'

/**
 * The decisions that make an organisation, its project and a client in it where they are missing, to be taken one after the other. What somebody else has
 * made meanwhile stays as it is.
 */
export function makeTenant(
  { organisation, project, client }: Tenant,
  createdAt: string,
): readonly ((db: Db) => Promise<Change | null>)[] {
  return [
    async (db) => {
      if (await store.findOrganisation(db, organisation.id)) return null
      if (organisation.word === null)
        throw new AppError('FORBIDDEN', 'the organisation that the token means does not exist here')
      const { id, word } = organisation
      return { type: 'organisation_created', organisation: { id, name: nameOf(word, id), tier: null, createdAt } }
    },
    async (db) => {
      if (project.word === null || (await store.findProject(db, project.id))) return null
      const about = {
        id: project.id,
        organisationId: organisation.id,
        name: nameOf(project.word, project.id),
        createdAt,
      }
      return { type: 'project_created', project: { ...about, requestsPerMinute: null, tokensPerMinute: null } }
    },
    async (db) => {
      if (await store.findKey(db, client.id)) return null
      const { id, secretHash, word } = client
      const shown = { name: nameOf(word, id), prefix: store.TOKEN_CLIENT_SHOWN, last4: id.slice(-4) }
      const key = { id, projectId: project.id, secretHash, ...shown, testString: true, createdAt, expiresAt: null }
      return { type: 'key_created', key, organisationId: organisation.id }
    },
  ]
}

/** The issuer's word, unless it can't be a name. */
function nameOf(word: string, id: string): string {
  return Name.safeParse(word).data ?? id
}
