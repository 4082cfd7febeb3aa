import { z } from 'zod'
import { Role } from '../../../staff/index.ts'
import type { MachineDefinition } from './definition.ts'
import { diagramOf } from './diagram.ts'

const Roles = z.array(Role)

/** A machine as its definition has it, for whoever draws it and for whoever must know who may take a step. */
export const MachineView = z.object({
  machine: z.string(),
  title: z.string(),
  mermaid: z.string().meta({ description: 'a Mermaid state diagram' }),
  starts: z.array(z.string()).meta({ description: 'states in which a thing may begin' }),
  states: z.array(
    z.object({
      state: z.string(),
      title: z.string(),
      says: z.string().meta({ description: 'what holds while this is so' }),
      effect: z.string().meta({ description: 'what the doors go by' }),
    }),
  ),
  steps: z.array(
    z.object({
      step: z.string(),
      title: z.string(),
      from: z.array(z.string()),
      to: z.string(),
      by: z.enum(['one', 'two', 'system']),
      orSystem: z.boolean().meta({ description: 'follows by itself too' }),
      roles: Roles.meta({ description: 'of who takes it, or asks for it; empty = no person can' }),
      seats: z.array(Roles).meta({ description: 'who must agree, each seat by another person; empty unless by two' }),
      needs: z.array(z.array(z.string())).meta({ description: 'evidence, each with its alternatives' }),
      favourable: z.boolean().meta({ description: 'loosens what holds' }),
      source: z.string(),
    }),
  ),
  evidence: z.array(z.object({ kind: z.string(), says: z.string(), by: z.enum(['person', 'system']) })),
})
export type MachineView = z.infer<typeof MachineView>

export function machineViewOf(definition: MachineDefinition): MachineView {
  const { name, title, initial, alsoStarts = [], states, transitions, evidence } = definition
  return {
    ...{ machine: name, title, mermaid: diagramOf(definition), starts: [initial, ...alsoStarts] },
    states: Object.entries(states).map(([state, about]) => ({ state, ...about })),
    steps: Object.entries(transitions).map(
      ([step, { title: named, from, to, authority, needs, favourable, source }]) => ({
        ...{ step, title: named, from: [...from], to, by: authority.by },
        orSystem: authority.by === 'one' && authority.orSystem === true,
        roles: authority.by === 'one' ? [...authority.roles] : authority.by === 'two' ? [...authority.requesters] : [],
        seats: authority.by === 'two' ? authority.seats.map((roles) => [...roles]) : [],
        ...{ needs: needs.map((kinds) => [...kinds]), favourable, source },
      }),
    ),
    evidence: Object.entries(evidence).map(([kind, about]) => ({ kind, ...about })),
  }
}
