import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import {
  DEPLOYMENT_MACHINE,
  diagramOf,
  type MachineDefinition,
  TRAINING_MACHINE,
  tablesOf,
} from '../../src/models/response/index.ts'

const PATH = new URL('../../docs/guide/machines.md', import.meta.url)

const INTRO = `# The machines of training and of deployments

Written from the definitions that run (\`src/models/response/machine\`); a test compares. "Two" are two different people: one asks, another one agrees.
What is marked \`system\` follows from evidence of other rooms: nobody can claim it.
`

function chapter(machine: MachineDefinition): string {
  return `## ${machine.title}\n\n\`\`\`mermaid\n${diagramOf(machine)}\`\`\`\n\n${tablesOf(machine)}`
}

it('docs/guide/machines.md shows the machines that run (UPDATE_MACHINES=1 writes it)', () => {
  const expected = `${[INTRO, ...[TRAINING_MACHINE, DEPLOYMENT_MACHINE].map(chapter)].join('\n')}`
  if (process.env.UPDATE_MACHINES === '1') writeFileSync(PATH, expected)
  expect(readFileSync(PATH, 'utf8')).toBe(expected)
})
