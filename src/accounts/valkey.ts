import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import { Redis } from 'iovalkey'
import type { LimitStore, Usage } from './shared-limits.ts'

/** An answer that takes longer is as good as none. */
const ANSWER_MS = 800
const REPLICA_MS = 5_000
const RECONNECT_MS = 1_000

/**
 * Buckets that refill within a minute, by the server's own clock; all in one round.
 *
 * KEYS: the set of replicas, then one hash per bucket. ARGV: replica, milliseconds after which a silent one no longer counts, then capacity
 * and use of each bucket. Levels come back as text, since a script's numbers lose their fractions. Below, a debt is bounded by one capacity.
 */
const EXCHANGE = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 2)
local out = { tostring(redis.call('ZCARD', KEYS[1])) }
for i = 2, #KEYS do
  local capacity = tonumber(ARGV[2 * i - 1])
  local used = tonumber(ARGV[2 * i])
  local held = redis.call('HMGET', KEYS[i], 'level', 'at')
  local level = tonumber(held[1])
  local at = tonumber(held[2])
  if not level or not at then
    level = capacity
    at = now
  end
  if now > at then
    level = math.min(capacity, level + (now - at) * capacity / 60000)
    at = now
  end
  level = math.min(capacity, math.max(-capacity, level - used))
  redis.call('HSET', KEYS[i], 'level', string.format('%.6f', level), 'at', string.format('%.0f', at))
  redis.call('PEXPIRE', KEYS[i], 150000)
  out[i] = string.format('%.6f', level)
end
return out
`

/** Scripts are named by SHA-1: an address, not a protection. */
const EXCHANGE_SHA = hash('sha1', EXCHANGE)

export interface ValkeyOptions {
  /** `valkey://:password@host:6379/0`, or with `rediss` and `valkeys` over TLS. */
  readonly url: string
  /** Begins every key. */
  readonly prefix: string
  /** PEM files of authorities that may vouch for the server besides the system's. */
  readonly caFiles?: readonly string[]
}

/** Buckets in Valkey or Redis (6.2 and later), over one connection that mends itself. Never rejects at once: see `exchange`. */
export class ValkeyLimits implements LimitStore {
  readonly #client: Redis
  readonly #prefix: string

  constructor({ url, prefix, caFiles = [] }: ValkeyOptions) {
    const address = url.replace(/^valkey/, 'redis')
    const isTls = address.startsWith('rediss')
    this.#prefix = prefix
    this.#client = new Redis(address, {
      lazyConnect: false,
      enableOfflineQueue: false, // what can't be sent now is of no use later
      maxRetriesPerRequest: 0,
      commandTimeout: ANSWER_MS,
      connectTimeout: 2_000,
      retryStrategy: (times) => Math.min(times * 100, RECONNECT_MS),
      ...(isTls ? { tls: { ca: [...rootCertificates, ...caFiles.map((path) => readFileSync(path, 'utf8'))] } } : {}),
    })
    this.#client.on('error', () => {}) // every exchange that fails tells of it
  }

  /** @throws when the server can't be reached, or does not answer within 0.8 s */
  async exchange(replica: string, usages: readonly Usage[]): Promise<{ levels: number[]; replicas: number }> {
    const keys = [`${this.#prefix}:{limits}:replicas`, ...usages.map(({ key }) => `${this.#prefix}:{limits}:${key}`)]
    const values = usages.flatMap(({ capacity, used }) => [capacity, used])
    const answer: unknown = await this.#run(keys, [replica, REPLICA_MS, ...values])
    if (!Array.isArray(answer)) throw new Error('the rate limit store gave a strange answer')
    const [replicas = Number.NaN, ...levels] = answer.map(Number)
    if (![replicas, ...levels].every(Number.isFinite) || levels.length !== usages.length)
      throw new Error('the rate limit store gave a strange answer')
    return { levels, replicas }
  }

  /** By its digest; a server that has just started doesn't know the script yet. */
  async #run(keys: readonly string[], values: readonly (string | number)[]): Promise<unknown> {
    try {
      return await this.#client.evalsha(EXCHANGE_SHA, keys.length, ...keys, ...values)
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return await this.#client.eval(EXCHANGE, keys.length, ...keys, ...values)
    }
  }

  async close(): Promise<void> {
    this.#client.disconnect()
  }
}
