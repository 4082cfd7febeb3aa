import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MarkerScreen, marked } from '../../test/support/marker-screen.ts'
import { StringScreen } from '../../test/support/string-screen.ts'
import { Policy, readPolicyFile } from '../policy/index.ts'
import { type Classifier, type Exchange, LinearScreen, type Role, testString } from '../screening/index.ts'
import { Judge, type Judgement } from './judge.ts'

const screen = LinearScreen.load(join(import.meta.dirname, '../../assets/screen'))
const policy = Policy.load(readPolicyFile(), { calibratedThresholds: screen.thresholds })
const judge = new Judge(
  screen,
  () => policy,
  () => {},
)

function exchange(...turns: readonly (readonly [Role, ...string[]])[]): Exchange {
  return {
    turns: turns.map(([role, ...texts], t) => ({
      role,
      parts: texts.map((text, p) => ({ kind: 'text', text, pointer: `/messages/${t}/content/${p}` }) as const),
    })),
  }
}

function judged(asked: Exchange): Judgement {
  const judgement = judge.prompt(asked, policy, true, new AbortController().signal)
  if (judgement instanceof Promise) throw new Error('expected an answer at once')
  return judgement
}

describe('Judge', () => {
  const whole = testString('chemical')
  const cuts = Array.from({ length: whole.length - 1 }, (_, i) => [whole.slice(0, i + 1), whole.slice(i + 1)] as const)

  it('finds what is split over the parts of a turn, at every place', () => {
    for (const [head, tail] of cuts) {
      expect(judged(exchange(['user', `Read ${head}`, `${tail} please.`])).decision.label).toBe('chemical')
    }
    expect(judged(exchange(['user', ...whole])).decision.label).toBe('chemical')
  })

  it('finds what is split over turns of one role that follow each other', () => {
    for (const [head, tail] of cuts) {
      expect(judged(exchange(['user', head], ['user', tail])).decision.label).toBe('chemical')
    }
  })

  it('does not read across an answer of the other side', () => {
    const [head, tail] = [whole.slice(0, 20), whole.slice(20)]
    expect(judged(exchange(['user', head], ['assistant', 'Go on.'], ['user', tail])).decision.action).toBe('allow')
  })

  it('lets nothing pass when the classifier fails, and says that it was not decided', () => {
    const failing = new Judge(
      { ...screenLike(), classify: () => Promise.reject(new Error('down')) },
      () => policy,
      () => {},
    )
    return expect(
      failing.prompt(exchange(['user', 'Hello']), policy, true, new AbortController().signal),
    ).resolves.toMatchObject({ decision: { action: 'refuse', reason: 'unavailable' } })
  })

  describe('judging twice', () => {
    const signal = new AbortController().signal
    const twice = (second: Classifier | null, text: string) => {
      const both = new Judge(new StringScreen(), () => policy, () => {}, undefined, second) // biome-ignore format: one line
      return both.prompt(exchange(['user', text]), policy, true, signal, true)
    }
    const both = (text: string) => twice(new MarkerScreen(), text)

    it('takes the higher score of the two', async () => {
      expect(await both(marked('biological', 0.99))).toMatchObject({ decision: { label: 'biological' } })
      expect(await both(whole)).toMatchObject({ decision: { label: 'chemical' } })
      expect(await both('Hello')).toMatchObject({ decision: { action: 'allow' }, assessments: [{}, {}] })
    })

    it('is undecided while either fails, and where there is no second', async () => {
      const failing = { ...screenLike(), classify: () => Promise.reject(new Error('down')) }
      const undecided = { decision: { action: 'refuse', reason: 'unavailable' } }
      expect(await twice(failing, 'Hello')).toMatchObject(undecided)
      expect(await twice(null, 'Hello')).toMatchObject(undecided)
    })
  })
})

function screenLike() {
  return { id: 'failing@0', covers: screen.covers }
}
