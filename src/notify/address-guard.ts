import { type LookupAddress, lookup } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import { Agent } from 'undici'
import { AppError } from '../base/errors.ts'

/** Where a customer's webhook may not point: this machine, its neighbours, and what clouds keep there. RFC 6890, RFC 4193, RFC 6598. */
const PRIVATE = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  PRIVATE.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  PRIVATE.addSubnet(network, prefix, 'ipv6')

/** Whether an address is one that only this network can reach. IPv4 addresses in IPv6's clothes count as what they are. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 0) return true
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return PRIVATE.check(mapped, 'ipv4')
  return PRIVATE.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

/** @throws {AppError} REQUEST_INVALID */
export function checkWebhookUrl(text: string): void {
  const url = new URL(text)
  if (url.protocol !== 'https:') throw new AppError('REQUEST_INVALID', 'url: https only')
  if (url.username !== '' || url.password !== '') throw new AppError('REQUEST_INVALID', 'url: no user name in it')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && isPrivateAddress(host)) {
    throw new AppError('REQUEST_INVALID', 'url: an address that only this network can reach')
  }
  if (host === 'localhost' || host.endsWith('.localhost') || host.endsWith('.internal') || host.endsWith('.local')) {
    throw new AppError('REQUEST_INVALID', 'url: a name that only this network knows')
  }
}

/** Connects to public addresses alone. The name is looked up once and what was checked is what is connected to (no DNS rebinding). */
export function publicOnly(): Agent {
  return new Agent({
    connect: {
      lookup: (hostname, options, callback) => {
        lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
          if (error !== null) return callback(error, [])
          const open = addresses.filter(({ address }) => !isPrivateAddress(address))
          if (open.length === 0) return callback(new Error('only private addresses'), [])
          return callback(null, open)
        })
      },
    },
  })
}
