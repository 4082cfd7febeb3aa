import { X509Certificate } from 'node:crypto'
import { Command } from 'commander'
import colors from 'picocolors'
import { Identity } from '../accounts/index.ts'
import { systemClock } from '../base/clock.ts'
import { type Config, loadConfig, type Secrets } from '../base/config.ts'
import { Egress } from '../base/egress.ts'
import { AppError, toAppError } from '../base/errors.ts'
import { systemIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import { readCertificates, readKeyPair } from '../base/tls-files.ts'
import { openModels } from '../gateway/index.ts'

/** One thing that was tried. */
interface Finding {
  readonly name: string
  readonly ok: boolean
  /** What was found, or what is wrong and what to do. */
  readonly detail: string
}

/**
 * `safelevel doctor`: tries everything that the configuration points at outside, as the server would: certificates, upstreams with their
 * credentials, issuers. Needs no server and changes nothing. Exit 1 when something does not work.
 */
export function doctorCommand({ env = process.env }: { readonly env?: NodeJS.ProcessEnv } = {}): Command {
  return new Command('doctor')
    .description(
      'try the certificates, upstreams, credentials and issuers that the configuration names; exit 1 if one fails',
    )
    .option('--json', 'print {"ok":true|false,"findings":[{"name":…,"ok":…,"detail":…}]}')
    .action(async ({ json = false }: { json?: boolean }) => {
      const { config, secrets } = loadConfig(env)
      const findings = await examine(config, secrets)
      const ok = findings.every((finding) => finding.ok)
      console.log(json ? JSON.stringify({ ok, findings }) : describe(findings))
      if (!ok) process.exitCode = 1
    })
}

async function examine(config: Config, secrets: Secrets): Promise<Finding[]> {
  const findings = [await attempt('configuration', async () => 'valid')]
  for (const plane of ['public', 'control'] as const) {
    const pair = config.tls[plane]
    if (pair !== undefined) findings.push(await attempt(`tls.${plane}`, async () => certificateWords(pair)))
  }
  for (const path of config.egress.caFiles)
    findings.push(await attempt('egress.caFiles', async () => authorityWords(path)))
  if (findings.some(({ ok }) => !ok)) return findings // the rest would fail for the same reason
  await using egress = new Egress(config.egress, secrets.proxies)
  return [...findings, ...(await issuers(config, egress)), ...(await upstreams(config, secrets, egress))]
}

async function issuers({ identity }: Config, egress: Egress): Promise<Finding[]> {
  return await Promise.all(
    identity.issuers.map((issuer) =>
      attempt(`identity ${issuer.id}`, async () => {
        const tenants = { tenantOf: () => null, tokenHolder: () => null, ensureTenant: async () => {} }
        const deps = { tenants, egress, digest: () => '', clock: systemClock, log: silentLog }
        await using one = new Identity({ ...deps, issuers: [issuer] })
        await one.check()
        return `the keys of ${issuer.issuer} can be read`
      }),
    ),
  )
}

async function upstreams(config: Config, secrets: Secrets, egress: Egress): Promise<Finding[]> {
  const ids = config.upstreams.filter(({ kind }) => kind !== 'sandbox').map(({ id }) => id)
  if (ids.length === 0) return []
  try {
    const { directory: models } = openModels(config, secrets, { ids: systemIds, clock: systemClock, egress })
    const opened = models.upstreams()
    const tried = ids.map((id) =>
      attempt(`upstream ${id}`, async () => {
        const upstream = opened.get(id)
        await upstream?.prove?.()
        await upstream?.reach?.()
        return 'answers, and there are credentials where it wants some'
      }),
    )
    const findings = await Promise.all(tried)
    await models.close()
    return findings
  } catch (error) {
    return [{ name: 'upstreams', ok: false, detail: toAppError(error).message }]
  }
}

async function attempt(name: string, work: () => Promise<string>): Promise<Finding> {
  try {
    return { name, ok: true, detail: await work() }
  } catch (error) {
    return { name, ok: false, detail: toAppError(error).message }
  }
}

function certificateWords({ certFile, keyFile }: { readonly certFile: string; readonly keyFile: string }): string {
  const { leaf } = readKeyPair(certFile, keyFile)
  if (leaf.validToDate.getTime() <= systemClock.now())
    throw new AppError('CONFIG_INVALID', `${certFile} ended on ${leaf.validTo}`)
  return `${leaf.subjectAltName ?? 'no name'}; valid until ${leaf.validToDate.toISOString().slice(0, 10)}`
}

function authorityWords(path: string): string {
  const certificates = readCertificates(path).map((pem) => new X509Certificate(pem))
  const ended = certificates.filter(({ validToDate }) => validToDate.getTime() <= systemClock.now())
  if (ended.length > 0) throw new AppError('CONFIG_INVALID', `${path} holds ${ended.length} that have ended`)
  return `${path}: ${certificates.length} certificate${certificates.length === 1 ? '' : 's'}`
}

function describe(findings: readonly Finding[]): string {
  return findings
    .map(({ name, ok, detail }) => `${ok ? colors.green('✓') : colors.red('✗')} ${name.padEnd(24)} ${detail}`)
    .join('\n')
}
