import { describe, expect, it } from 'vitest'
import { CALIBRATED, changedPolicy } from '../../test/support/policies.ts'
import { Policy, readPolicyFile } from './policy.ts'
import { PolicyView, viewPolicy } from './view.ts'

const OVERLAY = `
overlays:
  - id: school
    title: Schools
    wording: Some clauses are applied from lower scores.
    surfaces: [school]
    clauses:
      - clause: '5.5'
        prompt: { threshold: 0.2 }
        completion: { action: refuse }
    media: { prompt: refuse }
`
const load = (text: string) => Policy.load(text, { calibratedThresholds: CALIBRATED }).document

describe('the view of a policy', () => {
  it('says from which score each clause acts, and whose score that is', () => {
    const view = viewPolicy(load(changedPolicy('threshold: calibrated', 'threshold: 0.3')), CALIBRATED)
    const [chemical, biological] = view.sections[0]?.clauses ?? []
    expect(chemical?.prompt?.thresholds).toEqual([{ label: 'chemical', score: 0.3, calibrated: false }])
    expect(biological?.prompt?.thresholds).toEqual([{ label: 'biological', score: 0.5, calibrated: true }])
    expect(biological?.completion?.thresholds).toEqual([{ label: 'biological', score: 0.6, calibrated: true }])
    expect(PolicyView.parse(view)).toEqual(view)
  })

  it('says where the classifier in use has no threshold', () => {
    const view = viewPolicy(load(readPolicyFile()), { prompt: {}, completion: {} })
    expect(view.sections[0]?.clauses[0]?.prompt?.thresholds).toEqual([
      { label: 'chemical', score: null, calibrated: true },
    ])
  })

  it('lists what an overlay changes, one value after the other', () => {
    const { overlays, media } = viewPolicy(load(`${readPolicyFile()}${OVERLAY}`), CALIBRATED)
    expect(overlays).toMatchObject([{ id: 'school', surfaces: ['school'], tiers: [] }])
    expect(overlays[0]?.changes).toEqual([
      { clause: '5.5', side: 'prompt', field: 'threshold', value: '0.2' },
      { clause: '5.5', side: 'completion', field: 'action', value: 'refuse' },
      { clause: media.clause, side: 'prompt', field: 'media', value: 'refuse' },
    ])
  })
})
