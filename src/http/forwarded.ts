import type { IncomingMessage } from 'node:http'
import { type BlockList, isIP } from 'node:net'
import { type ClientOrigin, directOrigin, plainAddress } from '../base/client-origin.ts'
import type { Config } from '../base/config.ts'
import { blockListOf } from '../base/edge-config.ts'

/** More proxies than anybody has in a row; what lies further back is not looked at. */
const MOST_HOPS = 32
const HOST = /^(?:\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(?::\d{1,5})?$/

interface Hop {
  /** Null where the header gives none that can be believed: a hidden or damaged one. */
  readonly address: string | null
  readonly proto: string | null
  readonly host: string | null
}

/**
 * Says who sends a request that may have come through reverse proxies. Each proxy adds the address that it saw at the end of the header; so
 * it is read from the end, for as long as the hop that wrote it is one that we trust: whatever a client puts in front is never reached.
 *
 * @returns null where no proxy is trusted: then there is nothing to find out.
 */
export function originReader(
  config: Pick<Config, 'trustedProxies' | 'forwardedHeader'>,
): ((req: IncomingMessage) => ClientOrigin) | null {
  if (config.trustedProxies.length === 0) return null
  const trusted = blockListOf(config.trustedProxies)
  const read = config.forwardedHeader === 'forwarded' ? rfc7239 : xForwarded
  return (req) => {
    const direct = directOrigin(req)
    return isTrusted(trusted, direct.address) ? behindProxies(direct, read(req), trusted) : direct
  }
}

/** @param hops as the header has them, the nearest last. */
function behindProxies(direct: ClientOrigin, hops: readonly Hop[], trusted: BlockList): ClientOrigin {
  let origin: ClientOrigin = { ...direct, proxied: true }
  for (const hop of hops.slice(-MOST_HOPS).reverse()) {
    const { address, proto, host } = hop
    // What the nearest trusted proxy does not say, the one before it may have said to it.
    if (proto !== null) origin = { ...origin, secure: proto === 'https' || proto === 'wss' }
    if (host !== null) origin = { ...origin, host }
    if (address === null) return origin
    origin = { ...origin, address }
    if (!isTrusted(trusted, address)) return origin
  }
  return origin
}

function isTrusted(trusted: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && trusted.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

/** `X-Forwarded-For: client, proxy1, proxy2`. Proto and host belong to the client's own connection: one value, or as many as addresses. */
function xForwarded(req: IncomingMessage): Hop[] {
  const addresses = listOf(req, 'x-forwarded-for')
  const protos = listOf(req, 'x-forwarded-proto')
  const hosts = listOf(req, 'x-forwarded-host')
  const given = addresses.length === 0 && protos.length + hosts.length > 0 ? [''] : addresses
  return given.map((text, i) => ({
    address: addressIn(text),
    proto: protoIn(beside(protos, i, given.length)),
    host: hostIn(beside(hosts, i, given.length)),
  }))
}

/** The value for the i-th of `count` hops: lists of the same length go together, else the last value is the nearest proxy's. */
function beside(values: readonly string[], i: number, count: number): string | undefined {
  if (values.length === count) return values[i]
  return i === count - 1 ? values.at(-1) : undefined
}

/** `Forwarded: for=192.0.2.60;proto=https;host=example.com, for="[2001:db8::1]:4711"`. @see RFC 7239 */
function rfc7239(req: IncomingMessage): Hop[] {
  // Line by line: a quotation that a client leaves open must not swallow what a proxy adds in a line of its own.
  const elements = valuesOf(req, 'forwarded').flatMap((line) => splitQuoted(line, ','))
  return elements.map((element) => {
    const pairs = new Map<string, string>()
    for (const pair of splitQuoted(element, ';')) {
      const equals = pair.indexOf('=')
      if (equals === -1) continue
      const name = pair.slice(0, equals).trim().toLowerCase()
      if (pairs.has(name)) return { address: null, proto: null, host: null } // said twice: nothing of it is believed
      pairs.set(name, unquote(pair.slice(equals + 1).trim()))
    }
    return {
      address: addressIn(pairs.get('for') ?? ''),
      proto: protoIn(pairs.get('proto')),
      host: hostIn(pairs.get('host')),
    }
  })
}

/** Splits at a separator that does not stand between quotes; one pass. */
function splitQuoted(text: string, separator: string): string[] {
  const parts: string[] = []
  let start = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (quoted && char === '\\') i++
    else if (char === '"') quoted = !quoted
    else if (!quoted && char === separator) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  parts.push(text.slice(start))
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

function unquote(text: string): string {
  return /^".*"$/s.test(text) ? text.slice(1, -1).replace(/\\(.)/gs, '$1') : text
}

/** An address with or without port and brackets; null for `unknown`, `_hidden` and what is none. */
function addressIn(text: string): string | null {
  const trimmed = text.trim()
  const match =
    /^\[([0-9a-fA-F:.]{2,45})\](?::\d{1,5})?$/.exec(trimmed) ?? /^([0-9.]{7,15})(?::\d{1,5})?$/.exec(trimmed)
  const address = plainAddress(match?.[1] ?? trimmed)
  return isIP(address) === 0 ? null : address
}

function protoIn(text: string | undefined): string | null {
  const proto = text?.trim().toLowerCase()
  return proto === 'http' || proto === 'https' || proto === 'ws' || proto === 'wss' ? proto : null
}

function hostIn(text: string | undefined): string | null {
  const host = text?.trim() ?? ''
  return HOST.test(host) ? host.toLowerCase() : null
}

function listOf(req: IncomingMessage, name: string): string[] {
  return valuesOf(req, name)
    .join(',')
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
}

/** Every line of a header: Node joins most, and of some keeps only the first. */
function valuesOf(req: IncomingMessage, name: string): string[] {
  return req.headersDistinct[name] ?? []
}
