import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bodyOf, ControlWorld } from '../../../test/support/control-world.ts'
import { CreatedKey } from '../../accounts/index.ts'

describe('the control plane', () => {
  let world: ControlWorld
  beforeAll(async () => {
    world = await ControlWorld.open()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  describe('keys', () => {
    it('are created, listed without their secret, used and revoked', async () => {
      const created = await world.call('POST', '/api/v1/keys', { name: 'ci', testString: false })
      expect(created.status).toBe(201)
      const { key, ...shown } = CreatedKey.parse(await created.json())
      expect(world.accounts.authenticate(key)).toMatchObject({ keyId: shown.id, testString: false })
      const list = await (await world.call('GET', '/api/v1/keys?limit=200')).text()
      expect(list).toContain(shown.id)
      expect(list).not.toContain(key)
      const revoked = await world.call('DELETE', `/api/v1/keys/${shown.id}`)
      expect(await revoked.json()).toMatchObject({ id: shown.id, status: 'revoked' })
      expect(world.accounts.authenticate(key)).toBeNull()
    })

    it('belong to projects, whose limits can be changed one at a time', async () => {
      const organisation = await bodyOf(await world.call('POST', '/api/v1/organisations', { name: 'Acme' }))
      const made = await world.call('POST', '/api/v1/projects', { organisationId: organisation.id, name: 'web' })
      expect(made.status).toBe(201)
      const project = await bodyOf(made)
      expect(project).toMatchObject({ requestsPerMinute: null, tokensPerMinute: null })
      const { items } = await bodyOf(await world.call('GET', `/api/v1/projects?organisationId=${organisation.id}`))
      expect(items).toEqual([project])
      expect(await (await world.call('GET', `/api/v1/organisations/${organisation.id}`)).json()).toEqual(organisation)
      for (const kind of ['organisations', 'projects', 'keys']) {
        expect((await world.call('GET', `/api/v1/${kind}/none`)).status).toBe(404)
      }
      await world.call('PATCH', `/api/v1/projects/${project.id}`, { requestsPerMinute: 5 })
      const changed = await world.call('PATCH', `/api/v1/projects/${project.id}`, { tokensPerMinute: 7 })
      expect(await changed.json()).toMatchObject({ requestsPerMinute: 5, tokensPerMinute: 7 })
      const names = JSON.stringify(await (await world.call('GET', '/api/v1/organisations')).json())
      expect(names).toContain('Acme')
    })
  })

  describe('bad input', () => {
    it.each([
      ['no JSON', '{', {}],
      ['an unknown field', '{"name":"x","admin":true}', {}],
      ['a wrong type', '{"name":5}', {}],
      ['an empty name', '{"name":"  "}', {}],
      ['control characters', '{"name":"a\\u0000b"}', {}],
      ['a past expiry', '{"expiresAt":"2020-01-01T00:00:00Z"}', {}],
      ['no date', '{"expiresAt":"soon"}', {}],
      ['another content type', '{"name":"x"}', { 'content-type': 'text/plain' }],
      ['a form', 'name=x', { 'content-type': 'application/x-www-form-urlencoded' }],
      ['an array', '[]', {}],
    ])('%s is a problem document', async (_, body, headers) => {
      const before = world.ledger.size
      const response = await world.call('POST', '/api/v1/keys', body, headers)
      expect(response.status).toBe(400)
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      const problem = await bodyOf(response)
      expect(problem).toMatchObject({ code: 'REQUEST_INVALID', status: 400 })
      expect(problem.requestId).toBe(response.headers.get('x-request-id'))
      expect(world.ledger.size).toBe(before)
    })

    it('that is too long is refused before it is read', async () => {
      const response = await world.call('POST', '/api/v1/keys', JSON.stringify({ name: 'x'.repeat(100_000) }))
      expect(response.status).toBe(413)
      expect(await response.json()).toMatchObject({ code: 'REQUEST_TOO_LARGE' })
    })

    it.each(['limit=0', 'limit=201', 'limit=x', 'limit=1e9'])('a page with %s is refused', async (query) => {
      expect((await world.call('GET', `/api/v1/keys?${query}`)).status).toBe(400)
    })

    it('names of nothing are not found', async () => {
      for (const [method, path, body] of [
        ['DELETE', '/api/v1/keys/key_0', undefined],
        ['PATCH', '/api/v1/projects/prj_0', { requestsPerMinute: 1 }],
        ['POST', '/api/v1/projects', { organisationId: 'org_0', name: 'x' }],
        ['GET', '/api/v1/nothing', undefined],
        ['GET', '/status/nothing', undefined],
        ['GET', '/assets/nothing-0123abcd.js', undefined],
      ] as const) {
        const response = await world.call(method, path, body)
        expect(response.status).toBe(404)
        expect(await response.json()).toMatchObject({ code: 'NOT_FOUND' })
      }
    })

    it('limits below one are refused', async () => {
      for (const requestsPerMinute of [0, -1, 1.5, 2_000_000_000, '5']) {
        expect((await world.call('PATCH', '/api/v1/projects/prj_0', { requestsPerMinute })).status).toBe(400)
      }
    })
  })
})
