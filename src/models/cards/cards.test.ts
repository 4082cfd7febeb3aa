import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CardsWorld, RSO } from '../../../test/support/cards-world.ts'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import type { DbHandle } from '../../db/index.ts'
import { cardDigest, type ModelCard, parseCard, printCard } from './index.ts'

const DAY_MS = 86_400_000

describe.each(storeKinds('models cards'))('model cards on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  let world: CardsWorld

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    world = await CardsWorld.open(handle)
    await world.begin()
  })
  afterEach(() => world[Symbol.dispose]())

  const codes = async (card: ModelCard, severity = 'error') =>
    (await world.cards.lint(card)).findings
      .filter((one) => one.severity === severity)
      .map(({ code, path }) => `${code} ${path}`)

  it('begins with what is on record, and asks people for the rest', async () => {
    const card = await world.cards.new('orca-2')
    expect(card).toMatchObject({
      identity: { checkpoint: 'orca-2/c1', developer: 'Kelp Labs' },
      compute: { flops: { value: 3.2e24 } },
      evaluations: [
        { suite: 'autonomy-1', n: 4, tries: 40, metric: 'tasks passed', value: 0.25, line: 0.5 },
        { suite: 'biology-1', n: 40, metric: 'tries passed', value: 0.1, interval: { level: 0.9 } },
      ],
      risks: {
        thresholds: [
          { threshold: 'AI-RD-4', verdict: 'BELOW' },
          { threshold: 'CBRN-3', verdict: 'BELOW' },
        ],
      },
      safeguards: { policy: { version: '1.0.0' } },
      deployment: { places: [{ deployment: 'prod' }], level: null },
    })
    expect(await codes(card)).toEqual(
      ['/summary', '/intendedUses', '/outOfScopeUses', '/capabilities', '/limitations'].map((path) => `owed ${path}`),
    )
    expect(parseCard(printCard(card))).toEqual(card)
    await expect(world.cards.new('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(world.cards.new('orca-2', 'nowhere')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('passes once it is written, and the gate is met once two people have published it', async () => {
    const deployment = await world.registry.deployments.get('prod')
    expect(await world.cards.finding(deployment)).toMatchObject({ met: false })
    const card = await world.written()
    expect(await codes(card)).toEqual([])
    const version = await world.publish(card)
    expect(version).toMatchObject({ id: 'orca-2/1', number: 1, state: 'published', people: ['per_rso', 'per_editor'] })
    expect(version.digest).toBe(cardDigest(card))
    expect(await world.cards.finding(deployment)).toEqual({
      met: true,
      says: 'version 1 of the card is published and holds',
    })
    expect(world.log.events.at(-1)).toMatchObject({
      kind: 'models.card_published',
      subject: { type: 'card', id: 'orca-2/1' },
      digests: { card: version.digest },
    })
    expect(JSON.stringify(world.log.events)).not.toContain('fresh water')
  })

  it('publishes what was asked for and nothing else, once', async () => {
    const card = await world.written()
    const saved = await world.cards.save(printCard(card), RSO)
    const payload = await world.cards.publication('orca-2', { digest: saved.digest, reason: 'first' })
    const action = world.cards.publishing()
    expect(action.rule(payload, { bootstrap: true })).toMatchObject({
      kind: 'quorum',
      requesters: ['policy_editor', 'rso'],
    })
    await expect(world.cards.publication('orca-2', { digest: 'f'.repeat(64), reason: 'x' })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    await world.cards.save(printCard({ ...card, limitations: ['None whatever.'] }), RSO)
    await expect(action.execute(payload, world.approved('apr_1'))).rejects.toThrow('saved again')
    await world.cards.save(printCard(card), RSO)
    const again = await world.cards.publication('orca-2', { digest: saved.digest, reason: 'first' })
    await action.execute(again, world.approved('apr_2'))
    await action.execute(again, world.approved('apr_2'))
    expect(await world.cards.versions('orca-2')).toHaveLength(1)
    await expect(action.check?.(again, 'per_rso')).rejects.toThrow('is published, as orca-2/1')
  })

  it('does not publish what has stopped passing between asking and agreeing', async () => {
    const card = await world.written()
    const { digest } = await world.cards.save(printCard(card), RSO)
    const payload = await world.cards.publication('orca-2', { digest, reason: 'first' })
    const action = world.cards.publishing()
    await action.check?.(payload, 'per_rso')
    world.policies.push({ version: '2.0.0', digest: 'b'.repeat(64), effectiveAt: '2026-01-02T00:00:00.000Z' })
    await expect(action.execute(payload, world.approved('apr_1'))).rejects.toThrow('has been followed by 2.0.0')
    expect(await world.cards.versions('orca-2')).toEqual([])
  })

  it('finds every figure that was changed by hand', async () => {
    const card = await world.written()
    const [first, second] = card.evaluations
    if (first === undefined || second === undefined || card.compute.flops === null) throw new Error('not compiled')
    const threshold = card.risks.thresholds[0]
    if (threshold === undefined) throw new Error('no threshold')
    const changed: [string, ModelCard][] = [
      ['/evaluations/0/value', { ...card, evaluations: [{ ...first, value: 0.2 }, second] }],
      ['/evaluations/0/n', { ...card, evaluations: [{ ...first, n: 400 }, second] }],
      [
        '/evaluations/1/interval/upper',
        {
          ...card,
          evaluations: [
            first,
            { ...second, interval: { ...(second.interval ?? { lower: 0, level: 0.9, method: '' }), upper: 0.11 } },
          ],
        },
      ],
      ['/evaluations/1/interval/lower', { ...card, evaluations: [first, { ...second, interval: null }] }],
      ['/evaluations/0/date', { ...card, evaluations: [{ ...first, date: '2026-01-09' }, second] }],
      ['/evaluations/0/line', { ...card, evaluations: [{ ...first, line: 0.9 }, second] }],
      [
        '/compute/flops/value',
        { ...card, compute: { ...card.compute, flops: { ...card.compute.flops, value: 3.1e24 } } },
      ],
      [
        '/risks/thresholds/0/verdict',
        {
          ...card,
          risks: { ...card.risks, thresholds: [{ ...threshold, verdict: 'MET' }, ...card.risks.thresholds.slice(1)] },
        },
      ],
      [
        '/deployment/places/0/surfaces',
        {
          ...card,
          deployment: { ...card.deployment, places: card.deployment.places.map((one) => ({ ...one, surfaces: [] })) },
        },
      ],
    ]
    for (const [path, one] of changed) expect(await codes(one), path).toContain(`figure_differs ${path}`)
  })

  it('finds what is left out, made up or rests on nothing', async () => {
    const card = await world.written()
    const bare = { ...card, evaluations: card.evaluations.map((one) => ({ ...one, evidence: [] })) }
    expect(await codes(bare)).toContain('evidence_missing /evaluations/0')
    expect(await codes({ ...card, evaluations: card.evaluations.slice(1) })).toContain('left_out /evaluations')
    expect(await codes({ ...card, risks: { ...card.risks, thresholds: [] } })).toContain('left_out /risks/thresholds')
    const cite = (evidence: Partial<ModelCard['capabilities'][0]['evidence'][0]>) => ({
      ...card,
      capabilities: card.capabilities.map((one) => ({
        ...one,
        evidence: one.evidence.map((first) => ({ ...first, ...evidence })),
      })),
    })
    const at = '/capabilities/0/evidence/0'
    expect(await codes(cite({ id: 'asm_01J0000000000000000000000A' }))).toContain(`evidence_unknown ${at}`)
    expect(await codes(cite({ digest: 'c'.repeat(64) }))).toContain(`evidence_changed ${at}`)
    expect(await codes(cite({ digest: null }))).toContain(`evidence_undigested ${at}`)
    expect(await codes(cite({ asOf: '2026-01-02T00:30:00.000Z' }))).toContain(`evidence_misdated ${at}`)
    expect(await codes(cite({ asOf: '2027-01-02T00:30:00.000Z' }))).toContain(`evidence_future ${at}`)
    expect(await codes(cite({ type: 'external', digest: null }))).toContain(`evidence_external ${at}`)
    expect(await codes(cite({ type: 'ledger', id: 'evt_x' }))).toContain(`evidence_unknown ${at}`)
    const event = world.log.events[0]
    const entry = await world.log.find(event?.id ?? '')
    const onLedger = cite({
      type: 'ledger',
      id: event?.id ?? '',
      digest: entry?.leafHash ?? '',
      asOf: event?.time ?? '',
    })
    expect(await codes(onLedger)).toEqual([])
    expect(
      await codes({ ...card, summary: 'It solves 97 % of all tasks, and passes 25 percent of the hard ones.' }),
    ).toEqual(['prose_figure /summary'])
    const external = [
      {
        type: 'external' as const,
        id: 'https://bench.example/1',
        digest: 'd'.repeat(64),
        asOf: '2026-01-01T00:00:00Z',
      },
    ]
    const first = card.evaluations[0]
    if (first === undefined) throw new Error('not compiled')
    const others = { ...first, name: 'SeaBench', suite: 'seabench', snapshot: null, evidence: external }
    expect(await codes({ ...card, evaluations: [...card.evaluations, others] })).toEqual(['measured_by /evaluations/2'])
    const named = { ...card, evaluations: [...card.evaluations, { ...others, by: 'Bench Ltd' }] }
    expect(await codes(named)).toEqual([])
    expect(await codes(named, 'warning')).toContain('evidence_unchecked /evaluations/2/evidence/0')
  })

  it('does not let one model’s evidence bear out another’s card', async () => {
    await world.registry.checkpoints.record({ model: 'orca-3', checkpoint: 'c1', flops: 3.2e24 }, RSO)
    const card = await world.written()
    const other = { ...card, identity: { ...card.identity, model: 'orca-3', checkpoint: 'orca-3/c1' } }
    expect(await codes(other)).toEqual(
      expect.arrayContaining([
        'evidence_foreign /evaluations/0/evidence/0',
        'evidence_foreign /compute/flops/evidence/0',
      ]),
    )
  })

  it('goes stale with a newer evaluation, policy or deployment, and with time, and says since when', async () => {
    const card = await world.written()
    await world.publish(card)
    expect(await world.cards.standing('orca-2')).toMatchObject({ state: 'fresh', reasons: [] })
    world.clock.advance(DAY_MS)
    const newer = await world.assess('orca-2/c1', 0)
    expect(await world.cards.standing('orca-2')).toMatchObject({ state: 'stale' })
    const [reason] = (await world.cards.standing('orca-2')).reasons
    expect(reason).toMatchObject({ code: 'evidence_stale', since: '2026-01-03T02:00:00.000Z' })
    expect(reason?.words).toContain(newer)
    const finding = await world.cards.finding({ model: 'orca-2', checkpoint: 'orca-2/c1' })
    expect(finding).toMatchObject({ met: false })
    expect(finding.says).toContain('stale')

    const renewed = await world.cards.renew(card)
    expect(renewed).toMatchObject({ summary: card.summary, evaluations: [{ value: 0 }, { value: 0.1 }] })
    // What people claimed on the old evaluation they look at again themselves.
    expect(await codes(renewed)).toEqual(['evidence_stale /capabilities/0/evidence/0'])
    const mended = {
      ...renewed,
      capabilities: [{ words: 'It passes none.', evidence: renewed.evaluations[0]?.evidence ?? [] }],
    }
    expect(await world.publish(mended, 'apr_2')).toMatchObject({ number: 2, state: 'published' })
    expect((await world.cards.get('orca-2', 1)).state).toBe('superseded')
    world.clock.advance(190 * DAY_MS)
    expect(await world.cards.standing('orca-2')).toMatchObject({ state: 'stale' })
    expect((await world.cards.standing('orca-2')).reasons[0]).toMatchObject({
      code: 'evidence_old',
      since: '2026-07-05T02:00:00.000Z',
    })
  })

  it('keeps back the same result after it was renewed, wherever that stands then', async () => {
    const card = await world.written()
    const withheld = [
      { path: '/evaluations/1', audience: 'authorities' as const, reason: 'it teaches how' },
      { path: '/summary', audience: 'customers' as const, reason: 'not yet' },
    ]
    const turned = { ...card, evaluations: card.evaluations.toReversed(), withheld }
    const renewed = await world.cards.renew(turned)
    expect(renewed.evaluations.map(({ suite }) => suite)).toEqual(['autonomy-1', 'biology-1'])
    expect(renewed.withheld.map(({ path }) => path)).toEqual(['/evaluations/0', '/summary'])
  })

  it('is stale as soon as new results meet a line, before anybody concludes on them', async () => {
    await world.publish(await world.written())
    world.clock.advance(DAY_MS)
    await world.assess('orca-2/c1', 3)
    expect(await world.cards.standing('orca-2')).toMatchObject({ state: 'stale' })
    const card = await world.cards.new('orca-2')
    expect(card.risks.thresholds[0]).toMatchObject({ threshold: 'AI-RD-4', verdict: 'MET' })
  })

  it('is of one checkpoint: another one in its place needs its own card', async () => {
    await world.publish(await world.written())
    world.clock.advance(DAY_MS)
    await world.registry.checkpoints.record({ model: 'orca-2', checkpoint: 'c2', flops: 4e24 }, RSO)
    world.clock.advance(60_000)
    expect(await world.cards.standing('orca-2')).toMatchObject({ state: 'fresh' })
    const surfaces = [{ kind: 'own' as const, name: 'app', gatewayModels: [] }]
    const next = await world.registry.deployments.declare(
      { deployment: 'next', checkpoint: 'orca-2/c2', surfaces },
      RSO,
    )
    expect(await world.cards.finding(next)).toMatchObject({
      met: false,
      says: expect.stringContaining('orca-2/c2 is deployed'),
    })
    await world.registry.deployments.withdraw('prod', RSO)
    world.clock.advance(60_000)
    const { state, reasons } = await world.cards.standing('orca-2')
    expect(state).toBe('stale')
    expect(reasons.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['/compute/flops/evidence/0', '/deployment/places/0/evidence/0']),
    )
  })

  it('keeps drafts of two people apart, and refuses what is no card', async () => {
    const card = await world.written()
    const first = await world.cards.save(printCard(card), RSO, null)
    await expect(world.cards.save(printCard(card), RSO, null)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await world.cards.save(printCard(card), RSO, first.revision)).toMatchObject({ revision: 2 })
    for (const text of [
      '',
      '- a',
      'format: safelevel-card/v2\n',
      '{"format": "safelevel-card/v1"}',
      'a: &x [1]\nb: *x',
    ])
      await expect(world.cards.save(text, RSO), text).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    const stranger = { ...card, identity: { ...card.identity, model: 'nobody', checkpoint: 'nobody/c1' } }
    await expect(world.cards.save(printCard(stranger), RSO)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(world.cards.get('orca-2', '../1')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('takes a version back, by one person, for everybody to see', async () => {
    await world.publish(await world.written())
    await world.cards.withdraw('orca-2', 1, 'a figure was misread', RSO)
    expect(await world.cards.standing('orca-2')).toMatchObject({ state: 'withdrawn' })
    expect(await world.cards.finding({ model: 'orca-2', checkpoint: 'orca-2/c1' })).toMatchObject({ met: false })
    expect(await world.cards.get('orca-2', 1)).toMatchObject({ withdrawn: { reason: 'a figure was misread' } })
    await expect(world.cards.get('orca-2')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(world.cards.withdraw('orca-2', 1, 'again', RSO)).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('lists every model line, with its card or without', async () => {
    await world.registry.lines.register({ model: 'zeta' }, RSO)
    await world.publish(await world.written())
    const { items } = await world.cards.list({ limit: 10 })
    expect(items).toMatchObject([
      { model: 'orca-2', current: { number: 1 }, draft: { revision: 1 }, standing: { state: 'fresh' } },
      { model: 'zeta', current: null, draft: null, standing: { state: 'none' } },
    ])
  })
})
