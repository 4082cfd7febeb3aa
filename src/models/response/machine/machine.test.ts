import { describe, expect, it } from 'vitest'
import { ROLES, type Role } from '../../../staff/index.ts'
import {
  DEPLOYMENT_MACHINE,
  Machine,
  type MachineDefinition,
  type Position,
  type Taker,
  type Takers,
  TRAINING_MACHINE,
} from './index.ts'

const person = (id: string, ...roles: Role[]): Taker => ({ id, roles: new Set(roles) })

/** Nobody, the system, everybody alone, everybody with everybody (themselves too), and with a third. */
const TAKERS: readonly Takers[] = [
  'system',
  [],
  ...ROLES.map((role) => [person(role, role)]),
  ...ROLES.flatMap((a) => ROLES.map((b) => [person(a, a), person(b, b)])),
  [person('all', ...ROLES), person('all', ...ROLES), person('all', ...ROLES)],
  ...ROLES.flatMap((a) => ROLES.map((b) => [person('1', a), person('2', b), person('3', 'ciso')])),
]

/** Whoever may do most: where they can't, nobody can. */
const MIGHTY: readonly Takers[] = ['system', ['1', '2', '3', '4'].map((id) => person(id, ...ROLES))]

const different = (takers: Takers) => (takers === 'system' ? 0 : new Set(takers.map(({ id }) => id)).size)

/** Every position that matters: each reachable state with each set of the evidence that its steps look at. */
function* positions(machine: Machine): Generator<Position> {
  const { transitions } = machine.definition
  const seen = new Set([machine.definition.initial, ...(machine.definition.alsoStarts ?? [])])
  for (const state of seen) {
    const leading = machine.leadingFrom({ state })
    const kinds = [...new Set(leading.flatMap((name) => transitions[name]?.needs.flat() ?? []))]
    for (let set = 0; set < 2 ** kinds.length; set++) {
      yield { state, shown: new Set(kinds.filter((_, i) => (set >> i) % 2 === 1)) }
    }
    for (const name of leading) seen.add(transitions[name]?.to ?? state)
  }
}

const DEFINITIONS: readonly MachineDefinition[] = [TRAINING_MACHINE, DEPLOYMENT_MACHINE]

describe.each(DEFINITIONS.map((definition) => ({ definition, title: definition.name })))(
  'the $title machine',
  ({ definition }) => {
    const machine = new Machine(definition)
    const transitions = Object.entries(definition.transitions)

    it('names only states and evidence that it has, and reaches all of them', () => {
      const states = new Set(Object.keys(definition.states))
      const evidence = new Set(Object.keys(definition.evidence))
      for (const [, { from, to, needs }] of transitions) {
        for (const state of [...from, to]) expect(states).toContain(state)
        for (const kind of needs.flat()) expect(evidence).toContain(kind)
        expect(new Set(from).size).toBe(from.length)
      }
      expect(new Set([...positions(machine)].map(({ state }) => state))).toEqual(states)
      expect(new Set(transitions.flatMap(([, { needs }]) => needs.flat()))).toEqual(evidence)
    })

    it('takes exactly the steps that it defines: every state, every evidence, every actor', () => {
      let taken = 0
      const wrong: string[] = []
      for (const position of positions(machine)) {
        for (const [name, transition] of transitions) {
          const shown = transition.needs.every((kinds) => kinds.some((kind) => position.shown.has(kind)))
          const isNear = shown && transition.from.includes(position.state)
          for (const takers of isNear ? TAKERS : MIGHTY) {
            const step = machine.take(position, name, takers)
            if (!step.taken) continue
            taken++
            const { by } = transition.authority
            const people = by === 'two' ? different(takers) >= 2 : by === 'one' || takers === 'system'
            const led = transition.from.includes(position.state) && step.position.state === transition.to
            if (!(shown && people && led)) wrong.push(`${position.state} ${name} ${JSON.stringify(takers)}`)
          }
        }
      }
      expect(wrong).toEqual([])
      expect(taken).toBeGreaterThan(500)
    })

    it('has no favourable step without evidence', () => {
      for (const [, { favourable, needs }] of transitions) if (favourable) expect(needs).not.toEqual([])
    })

    it('lets one person halt alone, from wherever it runs', () => {
      const running = definition === TRAINING_MACHINE ? 'run' : 'everybody'
      for (const [state, { effect }] of Object.entries(definition.states)) {
        if (effect !== running) continue
        const halts = machine.leadingFrom({ state }).filter((name) => {
          const step = machine.take({ state, shown: new Set() }, name, [person('a', 'analyst')])
          return step.taken && machine.effect(step.position) !== running
        })
        expect(halts, state).not.toEqual([])
      }
    })

    it('forgets all evidence whenever it halts, so that what was shown before opens nothing after', () => {
      const strict = new Set(['stop', 'lock', 'existing', 'nobody'])
      const open = new Set(['run', 'everybody', 'wait'])
      for (const [name, { from, to, forgets }] of transitions) {
        if (!strict.has(definition.states[to]?.effect ?? '')) continue
        const halts = from.some((state) => open.has(definition.states[state]?.effect ?? ''))
        if (halts) expect(forgets, name).toBe(true)
      }
    })

    it('never comes back into use by fewer than two people, in whatever order', () => {
      const inUse = definition === TRAINING_MACHINE ? new Set(['run', 'wait']) : new Set(['everybody'])
      const closed = Object.entries(definition.states).flatMap(([state, { effect }]) =>
        inUse.has(effect) ? [] : [state],
      )
      for (const start of closed.filter((state) => state !== 'approved')) {
        const seen = new Set([start])
        for (const state of seen) {
          for (const name of machine.leadingFrom({ state })) {
            const transition = definition.transitions[name]
            if (transition !== undefined && transition.authority.by !== 'two') seen.add(transition.to)
          }
        }
        for (const state of seen)
          expect(inUse.has(definition.states[state]?.effect ?? ''), `${start} to ${state}`).toBe(false)
        expect(seen.has('approved')).toBe(start === 'approved')
      }
    })

    it('says why it does not take a step, and what would lead on', () => {
      const start = machine.start()
      expect(machine.take(start, 'constructor', 'system')).toMatchObject({
        taken: false,
        why: expect.stringContaining('no step'),
      })
      const elsewhere = transitions.find(([, { from }]) => !from.includes(start.state))?.[0] ?? ''
      expect(machine.take(start, elsewhere, 'system')).toMatchObject({ why: expect.stringContaining('from here lead') })
      expect(machine.show(start, 'toString')).toBeNull()
    })
  },
)

/** Whoever could possibly take a step: the system, one person who holds every role, three such. */
const ACTORS: readonly Takers[] = ['system', [person('1', ...ROLES)], ['1', '2', '3'].map((id) => person(id, ...ROLES))]

interface Walked {
  readonly position: Position
  /** All that was shown since the last halt, whatever the machine has kept of it. */
  readonly since: ReadonlySet<string>
  /** Whether there was an emergency since. */
  readonly emergency: boolean
}

describe('every order of steps and evidence that a deployment can go through', () => {
  it('lets new customers in only by two, on what was shown since the halt, after an emergency with its post-mortem too', () => {
    const machine = new Machine(DEPLOYMENT_MACHINE)
    const { transitions, states, evidence } = machine.definition
    const isOpen = (state: string) => states[state]?.effect === 'everybody'
    const key = ({ position, since, emergency }: Walked) =>
      `${position.state} ${[...position.shown].sort()} ${[...since].sort()} ${emergency}`
    const starts = ['undeployed', 'unreleased'].map(
      (state): Walked => ({ position: { state, shown: new Set() }, since: new Set(), emergency: false }),
    )
    const seen = new Set(starts.map(key))
    const queue = [...starts]
    const wrong = new Set<string>()
    let opened = 0
    const visit = (walked: Walked) => {
      const name = key(walked)
      if (seen.has(name)) return
      seen.add(name)
      queue.push(walked)
    }
    for (let walked = queue.pop(); walked !== undefined; walked = queue.pop()) {
      const { position, since, emergency } = walked
      // Evidence that no step from anywhere ahead looks at changes nothing: only what the next steps need is shown.
      const wanted = new Set(machine.leadingFrom(position).flatMap((name) => transitions[name]?.needs.flat() ?? []))
      for (const kind of wanted) {
        if (position.shown.has(kind) || !Object.hasOwn(evidence, kind)) continue
        const shown = machine.show(position, kind)
        if (shown !== null) visit({ ...walked, position: shown, since: new Set([...since, kind]) })
      }
      for (const name of machine.leadingFrom(position)) {
        for (const takers of ACTORS) {
          const step = machine.take(position, name, takers)
          if (!step.taken) continue
          const { state } = step.position
          const halts = isOpen(position.state) && !isOpen(state)
          const isNews = state === 'emergency'
          if (!isOpen(position.state) && isOpen(state)) {
            opened++
            const by = takers === 'system' ? 0 : takers.length
            const why = `${position.state} by ${name}, ${by}: ${[...since]}`
            if (by < 2 && position.state !== 'approved') wrong.add(`too few: ${why}`)
            if (!since.has('preconditions') && name !== 'grandfather') wrong.add(`no preconditions: ${why}`)
            const isHalted = position.state === 'frozen' || position.state === 'reviewed'
            if (isHalted && !since.has('cleared_below') && !since.has('next_level_safeguards'))
              wrong.add(`not shown to be safe: ${why}`)
            const isLearned = since.has('post_mortem') && since.has('policy_amendment')
            if (emergency && !isLearned) wrong.add(`no post-mortem or amendment: ${why}`)
          }
          visit({
            position: step.position,
            since: halts ? new Set() : since,
            emergency: isOpen(state) ? false : halts ? isNews : emergency || isNews,
          })
        }
      }
    }
    expect([...wrong]).toEqual([])
    expect(opened).toBeGreaterThan(100)
    expect(new Set([...seen].map((name) => name.split(' ')[0]))).toEqual(new Set(Object.keys(states)))
  })
})

/** What lets a line that was found to be capable train again, apart from how the definition puts it (RSP 1.0, EP 1, 2a to 2c). */
const WAYS_BACK: readonly (readonly string[])[] = [
  ['verdict_below'],
  ['containment_built', 'safeguards_active'],
  ['not_near', 'new_suite', 'policy_amendment'],
  ['next_level', 'policy_amendment', 'safeguards_active'],
]

interface Trained {
  readonly position: Position
  /** All that was shown since the line was last found to be capable, or its assessment began. */
  readonly since: ReadonlySet<string>
  /** Found to be capable, or not shown not to be, and nothing has shown otherwise. */
  readonly capable: boolean
  readonly locked: boolean
}

describe('every order of steps and evidence that a training can go through', () => {
  it('trains again what was found to be capable only by two, on what the policy asks for; opens what was locked only by three', () => {
    const machine = new Machine(TRAINING_MACHINE)
    const { transitions, states, evidence } = machine.definition
    const key = ({ position, since, capable, locked }: Trained) =>
      `${position.state} ${[...position.shown].sort()} ${[...since].sort()} ${capable} ${locked}`
    const first: Trained = { position: machine.start(), since: new Set(), capable: false, locked: false }
    const seen = new Set([key(first)])
    const queue = [first]
    const wrong = new Set<string>()
    let resumed = 0
    const visit = (trained: Trained) => {
      const name = key(trained)
      if (seen.has(name)) return
      seen.add(name)
      queue.push(trained)
    }
    for (let trained = queue.pop(); trained !== undefined; trained = queue.pop()) {
      const { position, since, capable, locked } = trained
      const runs = machine.effect(position) === 'run'
      const wanted = new Set(machine.leadingFrom(position).flatMap((name) => transitions[name]?.needs.flat() ?? []))
      for (const kind of wanted) {
        if (position.shown.has(kind) || !Object.hasOwn(evidence, kind)) continue
        const shown = machine.show(position, kind)
        if (shown !== null) visit({ ...trained, position: shown, since: new Set([...since, kind]) })
      }
      for (const name of machine.leadingFrom(position)) {
        for (const takers of ACTORS) {
          const step = machine.take(position, name, takers)
          if (!step.taken) continue
          const { state } = step.position
          const willRun = machine.effect(step.position) === 'run'
          const people = takers === 'system' ? 0 : takers.length
          const why = `${position.state} by ${name}, ${people}: ${[...since]}`
          if (!runs && willRun) {
            resumed++
            const isShown = WAYS_BACK.some((way) => way.every((kind) => since.has(kind)))
            if (capable && (people < 2 || !isShown)) wrong.add(`capable: ${why}`)
            if (locked && (people < 3 || !since.has('post_mortem'))) wrong.add(`locked: ${why}`)
          }
          if (state === 'training' && position.state !== 'training' && runs && !since.has('verdict_below'))
            wrong.add(`cleared without a verdict: ${why}`)
          const isFound = state === 'met' || state === 'inconclusive'
          const begins = state === 'evaluating' || state === 'reassessing'
          const isLocked = state === 'locked'
          visit({
            position: step.position,
            since: isFound || begins || isLocked ? new Set() : since,
            capable: willRun ? false : capable || isFound || isLocked,
            locked: willRun ? false : locked || isLocked,
          })
        }
      }
    }
    expect([...wrong]).toEqual([])
    expect(resumed).toBeGreaterThan(50)
    expect(new Set([...seen].map((name) => name.split(' ')[0]))).toEqual(new Set(Object.keys(states)))
  })
})
