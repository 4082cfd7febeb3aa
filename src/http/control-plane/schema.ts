import { z } from '@hono/zod-openapi'
import { ApiKey, Organisation, Project } from '../../accounts/index.ts'
import { CanaryView } from '../../canaries/index.ts'
import { ControlCounts } from '../../controls/index.ts'
import { LedgerEntry } from '../../ledger/index.ts'
import { pageOf } from '../staff/index.ts'

export const ConditionView = z
  .object({
    code: z.string().meta({ description: 'stable: alerts and runbooks go by it' }),
    severity: z.enum(['unready', 'degraded']).meta({ description: 'whether requests are refused meanwhile' }),
    words: z.string(),
    since: z.iso.datetime(),
  })
  .meta({ id: 'Condition' })

/** What runs here and how it is, without customers' data. */
export const StatusView = z
  .object({
    name: z.string().meta({ description: 'the organisation that runs this installation' }),
    version: z.string(),
    startedAt: z.iso.datetime(),
    uptimeSeconds: z.number().nonnegative(),
    profile: z.string().meta({ description: 'whose commitments count here' }),
    commitments: ControlCounts.nullable().meta({
      description: 'how many of the profile hold; null while nobody has looked',
    }),
    health: z.object({
      state: z.enum(['ready', 'degraded', 'unready']),
      ready: z.boolean().meta({ description: 'whether requests are served: true while degraded' }),
      reasons: z.array(z.string()).meta({ description: 'why it is not ready, in public words' }),
      conditions: z.array(ConditionView).meta({ description: 'everything that does not hold now, the grave first' }),
    }),
    gatewayUrl: z.string(),
    store: z.enum(['embedded', 'postgres']),
    models: z.array(
      z.object({
        name: z.string(),
        upstream: z.string(),
        surface: z.string(),
        sandbox: z.boolean().meta({ description: 'the built-in fixture: not a real model' }),
        enforced: z.boolean().meta({ description: 'false: screened and recorded, but nothing is withheld' }),
      }),
    ),
    policy: z.object({ version: z.string(), digest: z.string() }),
    classifier: z.string(),
    ledger: z.object({
      origin: z.string(),
      size: z.int().nonnegative().meta({ description: 'recorded entries' }),
      provenSize: z.int().nonnegative().meta({ description: 'entries under the newest checkpoint' }),
      witnessed: z.boolean().meta({ description: 'the newest checkpoints have the quorum of the trust policy' }),
      witnesses: z
        .object({ by: z.array(z.string()), of: z.int().nonnegative() })
        .meta({ description: 'who cosigned the checkpoint that is served, of how many in the trust policy' }),
      health: z.enum(['ok', 'degraded', 'sealed', 'closed']),
      reason: z.string().nullable(),
    }),
    canaries: z
      .object({ holding: z.int().nonnegative(), total: z.int().nonnegative(), worst: CanaryView.nullable() })
      .meta({ description: 'coverage canaries; `worst` is null when all hold' }),
    weights: z
      .object({
        grants: z.int().nonnegative().meta({ description: 'under which weights may be opened now' }),
        locks: z.int().nonnegative(),
        copiesOverdue: z.int().nonnegative(),
        reviewOwed: z.boolean().meta({ description: 'the glass was broken, and nobody has reviewed that' }),
      })
      .meta({ description: 'containment of weights' }),
    insider: z
      .object({
        watched: z.boolean(),
        lag: z.int().nonnegative().meta({ description: 'entries of the ledger that nobody has looked at yet' }),
        fault: z.string().nullable().meta({ description: 'why nobody can say that what staff do is watched' }),
      })
      .meta({ description: 'the watch for insiders; nothing of what was found' }),
    decisions: z
      .record(z.string(), z.int().nonnegative())
      .meta({ description: 'decisions since the start, by action' }),
  })
  .meta({ id: 'Status' })
export type StatusView = z.infer<typeof StatusView>

export const OrganisationPage = pageOf(Organisation, 'OrganisationPage')
export const ProjectPage = pageOf(Project, 'ProjectPage')
export const ApiKeyPage = pageOf(ApiKey, 'ApiKeyPage')

export const LedgerPage = z
  .object({
    items: z.array(LedgerEntry),
    size: z.int().nonnegative(),
    next: z.int().nullable().meta({ description: 'pass it as `from` for the next page; null at the end' }),
  })
  .meta({ id: 'LedgerPage' })

/** A proof of one entry that verifies offline: `safelevel ledger verify` reads it. */
export const LedgerProof = z
  .object({
    format: z.literal('safelevel-disclosure/v1'),
    origin: z.string(),
    position: z.int().nonnegative(),
    event: z.unknown().meta({ description: 'the event as it was recorded' }),
    salt: z.string().meta({ description: 'base64, 32 bytes' }),
    inclusion: z.array(z.string()).meta({ description: 'base64 hashes from the leaf’s sibling up' }),
    checkpoint: z.string().meta({ description: 'C2SP signed note' }),
  })
  .meta({ id: 'LedgerProof' })
