import { describe, expect, it } from 'vitest'
import { loadCatalogue } from '../catalogue/index.ts'
import type { ControlStanding } from '../oscal/index.ts'
import type { State } from '../probe.ts'
import { gsnGraph, gsnMermaid } from './gsn.ts'

const catalogue = loadCatalogue()
const at = '2026-11-22T10:00:00.000Z'

function graph(...states: readonly (readonly [id: string, state: State])[]) {
  const standings = states.map(
    ([id, state]): ControlStanding => ({
      ...{ id, state, says: 'so', next: null, since: null, attestations: [], exceptions: [], history: [] },
      evidence: [{ kind: 'seen', says: 'a canary"] --> G["was refused' }],
    }),
  )
  const input = { catalogue, profile: 'rsp-3.4-governance', overlays: [], standings, system: 'a/log' }
  return gsnGraph({ ...input, lookedAt: null, at })
}

describe('the argument as a graph', () => {
  const { nodes, edges } = graph(['GOV-01', 'holds'], ['GOV-11', 'fails'], ['GOV-12', 'stale'])

  it('puts evidence under what holds alone, and marks every other goal as undeveloped', () => {
    const goals = nodes.filter(({ id }) => id.startsWith('GOV-0') || id.startsWith('GOV-1'))
    expect(goals.filter(({ type }) => type === 'solution').map(({ id }) => id)).toEqual(['GOV-01.1'])
    expect(nodes.filter((one) => one.state !== undefined && !one.undeveloped).map(({ id }) => id)).toEqual(['GOV-01'])
    expect(nodes.find(({ id }) => id === 'GOV-14')).toMatchObject({ state: 'unknown', undeveloped: true })
  })

  it('hangs together: every node but the first is reached from another', () => {
    const ids = nodes.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(edges.map(({ to }) => to).toSorted()).toEqual(ids.filter((id) => id !== 'G').toSorted())
    expect(edges.every(({ from }) => ids.includes(from))).toBe(true)
  })

  it('is drawn without letting words become arrows', () => {
    const drawn = gsnMermaid({ nodes, edges })
    expect(drawn).toMatch(/^flowchart TD\n/)
    expect(drawn).toContain('GOV-01.1(("a canary -- G was refused"))')
    expect(drawn.split('\n').filter((line) => line.includes('-->'))).toHaveLength(edges.length - 1)
  })
})
