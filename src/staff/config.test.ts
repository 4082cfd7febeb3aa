import { describe, expect, it } from 'vitest'
import { checkStaffConfig, parseStaffConfig, rolesOfGroups } from './config.ts'

const secrets = { oidcClientSecret: null, scimToken: null }
const check = (raw: object, more: object = {}, host = '127.0.0.1') =>
  checkStaffConfig(parseStaffConfig(raw), { ...secrets, ...more }, host)

describe('the configuration of staff', () => {
  it.each([
    ['nothing', {}],
    ['a name behind TLS', { origin: 'https://console.example.com' }],
    ['a provider', { oidc: { issuer: 'https://login.example.com', clientId: 'x' } }],
    ['a provider on this machine', { oidc: { issuer: 'http://localhost:9', clientId: 'x', allowInsecure: true } }],
    ['the development login', { developmentLogin: true }],
  ])('may be %s', (_, raw) => {
    expect(() => check(raw)).not.toThrow()
  })

  it.each([
    ['an address', { origin: 'http://127.0.0.1:8081' }],
    ['an IPv6 address', { origin: 'http://[::1]:8081' }],
    ['a name without TLS', { origin: 'http://console.example.com' }],
    ['a path', { origin: 'https://console.example.com/console' }],
    ['another scheme', { origin: 'ftp://localhost' }],
    ['the development login for others', { developmentLogin: true, origin: 'https://console.example.com' }],
    ['a provider without TLS', { oidc: { issuer: 'http://login.example.com', clientId: 'x', allowInsecure: true } }],
    ['a provider without TLS unasked', { oidc: { issuer: 'http://localhost:9', clientId: 'x' } }],
    ['an unknown role', { groupRoles: { a: ['emperor'] } }],
    ['an unknown key', { passwords: true }],
    ['an endless bootstrap', { bootstrapMaxDays: 400 }],
    ['a hasty recovery', { recoveryDelayMs: 1_000 }],
  ])('may not be %s', (_, raw) => {
    expect(() => check(raw)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })

  it('has no development login on an address that others reach, and no short token', () => {
    expect(() => check({ developmentLogin: true }, {}, '0.0.0.0')).toThrow('this machine')
    expect(() => check({}, { scimToken: 'short' })).toThrow('32')
  })

  it('never gives sensitive roles by group, and knows no group by accident', () => {
    const config = parseStaffConfig({ groupRoles: { all: ['analyst', 'rso'], others: ['ceo'] } })
    expect(rolesOfGroups(config, ['all', 'constructor', '__proto__'])).toEqual({
      given: ['analyst'],
      suggested: ['rso'],
    })
    expect(rolesOfGroups(config, [])).toEqual({ given: [], suggested: [] })
  })
})
