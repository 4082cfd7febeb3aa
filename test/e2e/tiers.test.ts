import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPolicyFile } from '../../src/policy/index.ts'
import { testString } from '../../src/screening/index.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'

const OVERLAY = `
overlays:
  - id: adults
    title: Adults
    wording: To customers of the tier adults some texts are only flagged.
    tiers: [adults]
    clauses:
      - clause: '5.5'
        prompt: { action: flag }
        completion: { action: flag }
`

describe('an overlay for a tier', () => {
  const path = join(tmpdir(), `safelevel-tiers-${process.pid}.yaml`)
  let running: RunningApp

  beforeAll(async () => {
    await writeFile(path, `${readPolicyFile()}${OVERLAY}`)
    running = await startApp({ config: { policy: path } })
  })
  afterAll(async () => {
    await running?.[Symbol.asyncDispose]()
    await rm(path, { force: true })
  })

  const refusal = async () => {
    const response = await fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${running.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: MODEL,
        messages: [{ role: 'user', content: testString('sexual_content') }],
      }),
    })
    const answer = (await response.json()) as { choices: { message: { refusal?: string | null } }[] }
    return answer.choices[0]?.message.refusal ?? null
  }
  const putInto = (tier: string | null) =>
    fetch(`${running.controlUrl}/api/v1/organisations/${id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${running.app.operatorToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ tier }),
    })
  let id = ''

  it('applies to a customer from the moment that it is in the tier, and not beyond it', async () => {
    const [organisation] = (await running.app.accounts.organisations({ limit: 1 })).items
    id = organisation?.id ?? ''
    expect(await refusal()).toContain('clause 5.5')
    expect(await (await putInto('adults')).json()).toMatchObject({ id, tier: 'adults' })
    expect(await refusal()).toBeNull()
    await putInto('others')
    expect(await refusal()).toContain('clause 5.5')
    await putInto('adults')
    const { app, decisionsSince } = running
    const before = app.ledger.size
    await refusal()
    expect(await decisionsSince(before)).toMatchObject([{ data: { tier: 'adults', outcome: 'allow' } }])
    await putInto(null)
    expect(await refusal()).toContain('clause 5.5')
  })

  it.each([{ tier: '' }, { tier: 7 }, { tier: 'a\u0000b' }, {}, { tier: 'x', name: 'y' }])(
    'refuses %j',
    async (body) => {
      const response = await fetch(`${running.controlUrl}/api/v1/organisations/${id}`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${running.app.operatorToken}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      expect(response.status).toBe(400)
    },
  )
})
