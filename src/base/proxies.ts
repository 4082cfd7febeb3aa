import { AppError } from './errors.ts'

/** What the environment says of proxies for outgoing requests. An address may hold a password. */
export interface ProxySettings {
  readonly http?: string
  readonly https?: string
  /** As NO_PROXY has it: hosts and domains, separated by commas; `*` for everything. */
  readonly noProxy?: string
}

/** Reads HTTPS_PROXY, HTTP_PROXY and NO_PROXY, small letters first, as other programs do. @throws {AppError} CONFIG_INVALID */
export function readProxies(env: NodeJS.ProcessEnv): ProxySettings {
  const http = proxyUrl('HTTP_PROXY', env.http_proxy || env.HTTP_PROXY)
  const https = proxyUrl('HTTPS_PROXY', env.https_proxy || env.HTTPS_PROXY)
  const noProxy = env.no_proxy || env.NO_PROXY
  return { ...(http && { http }), ...(https && { https }), ...(noProxy && { noProxy }) }
}

function proxyUrl(name: string, value: string | undefined): string | undefined {
  if (!value) return undefined
  const url = URL.parse(value.includes('://') ? value : `http://${value}`)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new AppError('CONFIG_INVALID', `${name} must be the address of a proxy: http://proxy.example.com:3128`)
  return url.href
}
