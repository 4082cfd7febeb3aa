import { describe, expect, it } from 'vitest'
import { askPython, findPython } from '../../../test/support/python-tools.ts'
import { loadCatalogue } from '../catalogue/index.ts'
import { STATES } from '../probe.ts'
import { type OscalFile, oscalFiles } from './oscal.ts'
import type { ControlStanding } from './standing.ts'

/** Reads every document as trestle does, runs all of its validators, and has it resolve the profiles against the catalogue beside them. */
const TRESTLE = `
import argparse, json, os, pathlib, sys, tempfile
from trestle.core.profile_resolver import ProfileResolver
from trestle.core.validator_factory import validator_factory
from trestle.oscal import OSCAL_VERSION, assessment_results, catalog, component, poam, profile
KINDS = {'catalog': catalog.Catalog, 'profile': profile.Profile, 'component-definition': component.ComponentDefinition,
         'assessment-results': assessment_results.AssessmentResults, 'plan-of-action-and-milestones': poam.PlanOfActionAndMilestones}
validator = validator_factory.get(argparse.Namespace(mode='all'))
answer = {'version': OSCAL_VERSION, 'valid': {}, 'resolved': {}}
with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder)
    (root / '.trestle').mkdir()
    os.chdir(folder) # where it looks for what has no folder of its own
    files = json.load(sys.stdin)
    for one in files:
        (root / one['name']).write_text(one['text'])
    for one in files:
        name, path = one['name'], root / one['name']
        kind = next(model for key, model in KINDS.items() if name.startswith(key))
        try:
            answer['valid'][name] = bool(validator.model_is_valid(kind.oscal_read(path), True, root))
            if kind is profile.Profile:
                resolved = ProfileResolver.get_resolved_profile_catalog(root, path)
                answer['resolved'][name] = sorted(control.id for group in resolved.groups for control in group.controls or [])
        except Exception as error:
            answer['valid'][name] = str(error)[:300]
print(json.dumps(answer))
`

const python = findPython('OSCAL documents, read by compliance-trestle', ['trestle.oscal.poam'])

const AT = '2026-11-22T10:00:00.000Z'
const catalogue = loadCatalogue()
/** Controls in every state, with every kind of evidence, attested, excepted, with a history. */
const standings = catalogue.controls.slice(0, -5).map(
  ({ id }, i): ControlStanding => ({
    ...{ id, state: STATES[i % STATES.length] ?? 'unknown', says: `it was ${i}` },
    evidence: [
      { kind: 'entry', entry: i, event: 'release.opened', at: AT },
      { kind: 'record', type: 'card', id: `card_${i}` },
      { kind: 'seen', says: 'a canary was refused' },
    ],
    ...{ next: i % 2 === 0 ? 'safelevel status' : null, since: i % 3 === 0 ? null : AT },
    attestations: [
      {
        ...{ id: `att_${i}`, holds: i % 2 === 0, statement: 'We looked.\n\nIt was so.', by: `per_${i % 3}` },
        ...{ at: AT, until: '2027-02-01T00:00:00.000Z', digest: 'ab'.repeat(32) },
      },
    ],
    exceptions: [
      {
        ...{ id: `apr_${i}`, reason: 'A part is missing.', mitigation: 'Somebody looks.', people: ['per_1', 'per_4'] },
        ...{ at: AT, until: '2026-12-01T00:00:00.000Z' },
      },
    ],
    history: [{ id: `evt_${i}`, from: null, to: 'holds', at: AT, says: 'it held' }],
  }),
)

describe.skipIf(python === null)('OSCAL documents in the hands of others', () => {
  const files = oscalFiles({
    ...{ catalogue, profile: 'rsp-2.2', overlays: ['asl3-stretch'], standings },
    ...{ system: 'ledger.example/log', lookedAt: AT, at: AT },
  })
  const read = (some: readonly OscalFile[]) => askPython(python ?? '', TRESTLE, JSON.stringify(some))

  it('are read and found valid by compliance-trestle, profiles resolved', () => {
    const resolved = catalogue.profiles.map(({ id, controls }) => [
      `profile-${id.replaceAll('.', '-')}.json`,
      controls.toSorted(),
    ])
    expect(files.map(({ name }) => name)).toContain('plan-of-action-and-milestones.json')
    expect(read(files)).toEqual({
      version: '1.2.1',
      valid: Object.fromEntries(files.map(({ name }) => [name, true])),
      resolved: Object.fromEntries(resolved),
    })
  })

  it('would not be, were they broken', () => {
    const results = files.find(({ name }) => name === 'assessment-results.json')
    const twice = results?.text.replace(/("uuid": ")[^"]+("[\s\S]*?"uuid": ")[^"]+"/, (all, _, between) => {
      const first = /"uuid": "([^"]+)"/.exec(all)?.[1] ?? ''
      return `"uuid": "${first}${between}${first}"`
    })
    const unknown = results?.text.replace('"state": "satisfied"', '"state": "holds"')
    expect(read([{ name: 'assessment-results.json', text: twice ?? '' }])).toMatchObject({
      valid: { 'assessment-results.json': false },
    })
    expect(read([{ name: 'assessment-results.json', text: unknown ?? '' }])).toMatchObject({
      valid: { 'assessment-results.json': expect.stringContaining('satisfied') },
    })
  })
})
