import { AppError } from '../base/errors.ts'
import { type ActionDefinition, twoPeople } from '../staff/index.ts'
import { checkPublishable } from './drafts.ts'
import { change, SYSTEM } from './journal.ts'
import type { Policies } from './policies.ts'
import { Publication } from './schema.ts'
import * as store from './store.ts'

export const PUBLISH = 'policy.publish'

/**
 * Publication as an action with approvals: one person asks, another one of these roles agrees, also in the first days of an installation.
 * They sign the digest of what will rule.
 */
export function publishAction(policies: Policies): ActionDefinition<Publication> {
  return {
    schema: Publication,
    fresh: true,
    rule: () => twoPeople(['policy_editor', 'rso']),
    check: async (publication) => {
      await checked(policies, policies.context.db.db, publication)
    },
    execute: async (publication, approved) => {
      await change(policies.context, SYSTEM, async (tx) => {
        if ((await store.versionByApproval(tx, approved.id)) !== undefined) return { event: null, result: undefined }
        const draft = await checked(policies, tx, publication)
        const at = new Date(policies.context.clock.now())
        const { version, digest, base, changelog } = publication
        const effectiveAt =
          publication.effectiveAt === null ? at : new Date(Math.max(Date.parse(publication.effectiveAt), at.getTime()))
        const number = ((await store.newestVersion(tx))?.number ?? 0) + 1
        await store.insertVersion(tx, {
          number,
          version,
          digest,
          document: draft.document,
          source: 'published',
          changelog,
          previous: base,
          draftId: draft.id,
          approvalId: approved.id,
          requestedBy: approved.requester,
          approvedBy: JSON.stringify(approved.approvers),
          publishedAt: at,
          effectiveAt,
        })
        await store.putDraft(tx, { ...draft, state: 'published', updatedAt: at, updatedBy: approved.requester })
        const event = {
          kind: 'published',
          subject: { type: 'policy_version', id: digest } as const,
          data: {
            version,
            previous: base,
            draft: draft.id,
            approval: approved.id,
            effectiveAt: effectiveAt.toISOString(),
          },
          // The same after a crash, so that it counts once.
          eventId: `evt_${approved.id.replace(/^[a-z]+_/, '')}`,
        }
        return { event, result: undefined }
      })
      await policies.refresh()
    },
  }
}

/** The draft, if it is still what was asked for. @throws {AppError} NOT_FOUND, CONFLICT, POLICY_INVALID */
async function checked(policies: Policies, db: Parameters<typeof store.findDraft>[0], publication: Publication) {
  const draft = await store.findDraft(db, publication.draft)
  if (draft.state !== 'open') throw new AppError('CONFLICT', `the draft is ${draft.state}`)
  if (draft.revision !== publication.revision)
    throw new AppError('CONFLICT', 'the draft was edited after this was asked for')
  const { version, digest } = await checkPublishable(policies, db, draft)
  if (draft.base !== publication.base || digest !== publication.digest || version !== publication.version) {
    throw new AppError('REQUEST_INVALID', 'payload: it does not fit the draft')
  }
  return draft
}
