import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ControlWorld } from '../../../test/support/control-world.ts'
import { ACTIONS } from '../../staff/index.ts'
import { STYLE_PATH } from '../public-site/style.ts'
import { ROUTE_ACTIONS } from './route-actions.ts'

/** Where staff report noncompliance without signing in. */
const SPEAK_UP = [STYLE_PATH, '/speak-up', '/speak-up/follow', '/speak-up/write']

/** Decisions, by name; the operator's token never takes one. */
const FOR_PEOPLE = [
  'approvals.give',
  'deployment.resume',
  'training.resume',
  'policy.publish',
  'content.reveal',
  'appeals.decide',
  'exemptions.request',
  'weights.open',
  'weights.unlock',
  'weights.request',
  'weights.custody',
  'weights.canary',
  'weights.see_canaries',
  'weights.break_glass',
  'weights.review',
  'weights.recertify',
  'evaluations.decide',
  'cards.publish',
  'noncompliance.read',
  'noncompliance.work',
  'audit.examine',
  'audit.judge',
  'audit.answer',
]

describe('the control plane', () => {
  let world: ControlWorld
  beforeAll(async () => {
    world = await ControlWorld.open()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  describe('authorisation', () => {
    it('knows every route of the API, and each is an action that some role may do', () => {
      const routes = world
        .plane()
        .routes.filter((r) => r.method !== 'ALL' && r.path.startsWith('/api/'))
        .map((r) => `${r.method} ${r.path}`)
      expect(new Set(routes)).toEqual(new Set(ROUTE_ACTIONS.keys()))
      for (const { action } of ROUTE_ACTIONS.values()) {
        if (action !== 'open') expect(ACTIONS).toHaveProperty([action])
      }
      const open = world
        .plane()
        .routes.filter((r) => r.method !== 'ALL' && !r.path.startsWith('/api/') && !r.path.startsWith('/vault/v1/'))
      expect(new Set(open.map((r) => r.path))).toEqual(
        new Set([...SPEAK_UP, '/status', '/metrics', '/healthz', '/readyz', '/login/oidc', '/login/oidc/callback']),
      )
    })

    it('keeps what belongs to people from the operator', async () => {
      for (const [route, { action, operator }] of ROUTE_ACTIONS) {
        if (operator === true) expect(FOR_PEOPLE, route).not.toContain(action)
        else if (action !== 'open') {
          const [method = '', path = ''] = route.split(' ')
          const response = await world.plane().request(`http://localhost${path}`, {
            method,
            headers: { authorization: `Bearer ${world.deps.operatorToken}` },
          })
          expect(response.status, route).toBe(403)
        }
      }
    })

    it('refuses a route that nobody has listed', async () => {
      const app = world.plane()
      app.get('/api/v1/forgotten', (c) => c.text('secret'))
      const headers = { authorization: `Bearer ${world.deps.operatorToken}` }
      for (const method of ['GET', 'HEAD']) {
        const response = await app.request('http://localhost/api/v1/forgotten', { method, headers })
        expect(response.status).toBe(403)
        expect(await response.text()).not.toContain('secret')
      }
    })

    it('refuses every route to all but the operator token', async () => {
      const { key } = await world.accounts.createKey({}, { type: 'operator', id: 'operator' })
      const token = world.deps.operatorToken
      const attempts: Record<string, string>[] = [
        {},
        { authorization: `Bearer ${key}` },
        { authorization: token },
        { authorization: `Bearer ${token}x` },
        { authorization: `Bearer ${token.slice(0, -1)}` },
        { authorization: `Basic ${Buffer.from(`operator:${token}`).toString('base64')}` },
        { 'x-api-key': token },
        { cookie: `authorization=Bearer ${token}; token=${token}` },
      ]
      const plane = world.plane()
      for (const [route, { action }] of ROUTE_ACTIONS) {
        if (action === 'open') continue
        const [method = '', path = ''] = route.split(' ')
        for (const headers of attempts) {
          const response = await plane.request(`http://localhost${path}`, { method, headers })
          expect(response.status).toBe(401)
          expect(response.headers.get('www-authenticate')).toContain('Bearer')
          expect(await response.json()).toMatchObject({ code: 'UNAUTHENTICATED' })
        }
      }
      const withKey = await world.plane().request('http://localhost/api/v1/keys?token=x', {
        headers: { authorization: `Bearer ${key}` },
      })
      expect(await withKey.text()).toContain('a customer key opens nothing here')
    })
  })
})
