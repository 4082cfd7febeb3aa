import { Identity } from '../../accounts/index.ts'
import type { Clock } from '../../base/clock.ts'
import type { Config, Secrets } from '../../base/config.ts'
import { Egress } from '../../base/egress.ts'
import { toAppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import { silentLog } from '../../base/log.ts'
import { openModels } from '../../gateway/index.ts'
import { type Finding, look } from '../finding.ts'

interface Ground {
  readonly config: Config
  readonly secrets: Secrets
  readonly clock: Clock
  readonly ids: Ids
}

/** Issuers of tokens and upstreams with their credentials, reached as the server reaches them. */
export async function checkOutside(ground: Ground): Promise<Finding[]> {
  await using egress = new Egress(ground.config.egress, ground.secrets.proxies)
  return [...(await issuers(ground, egress)), ...(await upstreams(ground, egress))]
}

async function issuers({ config: { identity }, clock }: Ground, egress: Egress): Promise<Finding[]> {
  return await Promise.all(
    identity.issuers.map((issuer) =>
      look(`identity ${issuer.id}`, async () => {
        const tenants = { tenantOf: () => null, tokenHolder: () => null, ensureTenant: async () => {} }
        await using one = new Identity({ tenants, egress, digest: () => '', clock, log: silentLog, issuers: [issuer] })
        await one.check()
        return { detail: `the keys of ${issuer.issuer} can be read` }
      }),
    ),
  )
}

async function upstreams({ config, secrets, ids, clock }: Ground, egress: Egress): Promise<Finding[]> {
  const names = config.upstreams.filter(({ kind }) => kind !== 'sandbox').map(({ id }) => id)
  if (names.length === 0) return []
  try {
    const { directory: models } = openModels(config, secrets, { ids, clock, egress })
    const opened = models.upstreams()
    const findings = await Promise.all(
      names.map((id) =>
        look(`upstream ${id}`, async () => {
          const upstream = opened.get(id)
          await upstream?.prove?.()
          await upstream?.reach?.()
          return { detail: 'answers, and there are credentials where it wants some' }
        }),
      ),
    )
    await models.close()
    return findings
  } catch (error) {
    return [{ name: 'upstreams', ok: false, level: 'failed', detail: toAppError(error).message, mend: null }]
  }
}
