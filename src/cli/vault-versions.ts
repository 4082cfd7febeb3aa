import { Option } from 'commander'
import { AppError } from '../base/errors.ts'
import { VaultVersion } from '../weights/vault/index.ts'
import type { OperatorClient } from './operator-client.ts'

/** A version as others see it: whether it is a decoy nobody learns. */
export const ShownVersion = VaultVersion.omit({ decoy: true })

export interface Output {
  readonly json?: true
}
export const json = () => new Option('--json', 'print JSON, one object a line')

/** All there are, or all of a model. */
export function versionsOf(client: OperatorClient, model: string | undefined) {
  return client.each('/api/v1/weights/versions', ShownVersion, { model })
}

/** Where a version stands in the API. @throws {AppError} REQUEST_INVALID */
export function versionPath(id: string): string {
  return `/api/v1/weights/versions/${named(id)}`
}

/** Where a page of the console is: passkeys need a name, `localhost` where the server is on this machine. */
export function consoleLink({ url }: Pick<OperatorClient, 'url'>, path: string): string {
  const at = new URL(url)
  if (at.hostname === '127.0.0.1' || at.hostname === '[::1]') at.hostname = 'localhost'
  return `${at.origin}${path}`
}

/** `model/version` as part of a path. @throws {AppError} REQUEST_INVALID */
export function named(id: string): string {
  const [model, version, rest] = id.split('/')
  if (!model || !version || rest !== undefined)
    throw new AppError('REQUEST_INVALID', 'a version is named like model/version')
  return `${encodeURIComponent(model)}/${encodeURIComponent(version)}`
}
