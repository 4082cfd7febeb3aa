import { type AccessContext, DAY_MS, HOUR_MS, invalid, MINUTE_MS, notFound, OPENERS } from './context.ts'
import type { Device } from './device-schema.ts'
import { deviceFault } from './devices.ts'
import { environmentFault } from './environments.ts'
import { type GrantStatement, NewRequest } from './grant-schema.ts'
import { emptyPatterns } from './patterns.ts'

type Facts = Pick<AccessContext, 'vault' | 'people' | 'board' | 'clock' | 'config'>

/** What somebody asks for, written out as it is to be signed. @throws {AppError} REQUEST_INVALID, NOT_FOUND */
export async function statementFor(
  { vault }: Pick<AccessContext, 'vault'>,
  input: NewRequest,
  device: Device,
): Promise<GrantStatement> {
  const parsed = NewRequest.safeParse(input)
  if (!parsed.success)
    throw invalid(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  const found = await vault.find(parsed.data.version)
  if (found === null) throw notFound('version')
  const { thumbprint, host, environment } = device
  return { ...parsed.data, manifestDigest: found.manifestDigest, device: device.id, thumbprint, host, environment }
}

/**
 * Why this can't be given to this person as things stand; null = it can. Asked when it is asked for, and again when it was agreed to.
 * Says nothing of canaries.
 */
export async function statementFault(
  facts: Facts,
  statement: GrantStatement,
  requester: string,
): Promise<string | null> {
  return (
    (await versionFault(facts, statement)) ??
    deviceProblem(facts, statement, requester) ??
    termsFault(facts, statement) ??
    (await personFault(facts, requester))
  )
}

/** Whether somebody's job still has to do with weights; null = it has. */
export async function personFault({ people }: Pick<Facts, 'people'>, personId: string): Promise<string | null> {
  const roles = await people.rolesOf(personId)
  return OPENERS.some((role) => roles.has(role))
    ? null
    : `who asks holds none of the roles that work with weights: ${OPENERS.join(', ')}`
}

async function versionFault(
  { vault }: Facts,
  { version, manifestDigest, files }: GrantStatement,
): Promise<string | null> {
  const found = await vault.find(version)
  if (found === null) return `there is no version ${version} in the vault`
  if (found.state !== 'sealed') return 'the version is erased'
  if (found.manifestDigest !== manifestDigest) return 'the version is not what it was: its manifest has another digest'
  const [empty] = emptyPatterns(files, await vault.files(version))
  return empty === undefined ? null : `files.${empty}: the version has no file that this names`
}

function deviceProblem({ board, clock }: Facts, statement: GrantStatement, requester: string): string | null {
  const { device: id, thumbprint, host, environment } = statement
  const device = board.devices.get(id)
  if (device === undefined) return 'the device is not let in'
  const fault = deviceFault(device, clock.now())
  if (fault !== null) return fault
  if (device.thumbprint !== thumbprint || device.host !== host || device.environment !== environment)
    return 'the device is not as it stands in the request'
  if (environment !== null) return environmentFault(board.environments.get(environment), clock.now())
  return device.personId === requester ? null : 'the device is somebody else’s'
}

function termsFault({ config }: Facts, statement: GrantStatement): string | null {
  const { use, destination, copy, windowMinutes, environment, files } = statement
  if (new Set(files).size !== files.length) return 'files: something is named twice'
  if (destination !== null && use !== 'run') return 'destination: only what runs in the sandbox reaches one'
  if ((use === 'export') !== (copy !== null))
    return 'copy: an export says where it goes and for how long; nothing else has a copy'
  if (copy !== null && copy.days > config.copyDays) return `copy.days: at most ${config.copyDays} here`
  if (use === 'serve' && environment === null) return 'use: only a registered environment serves'
  const mostMs = environment === null ? config.grantHours * HOUR_MS : config.standingDays * DAY_MS
  return windowMinutes * MINUTE_MS <= mostMs ? null : `windowMinutes: at most ${Math.floor(mostMs / MINUTE_MS)} here`
}
