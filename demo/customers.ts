import type { App } from '../src/app.ts'
import type { DemoModel } from './config.ts'
import { OPERATOR } from './stage.ts'

/** What somebody sends to the gateway. */
export interface Sender {
  readonly organisationId: string
  readonly projectId: string
  readonly keyId: string
  readonly key: string
}

export interface Customer {
  readonly name: string
  /** Of all requests, in shares that need not add up to one. */
  readonly weight: number
  readonly users: readonly string[]
  readonly models: readonly (DemoModel | 'sandbox-1')[]
  readonly senders: readonly Sender[]
}

interface Plan {
  readonly name: string
  readonly weight: number
  readonly users: number
  readonly models: Customer['models']
  readonly projects: readonly string[]
}

const PLANS: readonly Plan[] = [
  { name: 'Example Tutoring', weight: 9, users: 14, models: ['orca-2'], projects: ['homework helper', 'teachers'] },
  { name: 'Example Clinics', weight: 5, users: 8, models: ['orca-2'], projects: ['front desk'] },
  { name: 'Example Gardens', weight: 4, users: 9, models: ['orca-mini'], projects: ['plant doctor'] },
  { name: 'Example Freight', weight: 3, users: 5, models: ['orca-mini', 'orca-2'], projects: ['dispatch', 'invoices'] },
  { name: 'Example Security Testing', weight: 2, users: 3, models: ['orca-2'], projects: ['red team'] },
  { name: 'Example Relay', weight: 3, users: 6, models: ['orca-2', 'orca-mini'], projects: ['resale'] },
  { name: 'Example Cloud', weight: 3, users: 7, models: ['heron-1'], projects: ['marketplace'] },
]

export type CustomerName = (typeof PLANS)[number]['name']

/** A key for whoever looks at the demo. */
export async function visitorKey({ accounts }: App): Promise<string> {
  const { id: organisationId } = await accounts.createOrganisation({ name: 'Example Visitors' }, OPERATOR)
  const { id: projectId } = await accounts.createProject({ organisationId, name: 'trying it out' }, OPERATOR)
  return (await accounts.createKey({ projectId, name: 'visitor' }, OPERATOR)).key
}

/** The organisations that use the demo's models, each with projects, a key and end users by number. */
export async function signUp({ accounts }: App): Promise<Customer[]> {
  const customers: Customer[] = []
  for (const { name, weight, users, models, projects } of PLANS) {
    const { id: organisationId } = await accounts.createOrganisation({ name }, OPERATOR)
    const senders: Sender[] = []
    for (const project of projects) {
      const { id: projectId } = await accounts.createProject({ organisationId, name: project }, OPERATOR)
      const { id: keyId, key } = await accounts.createKey({ projectId, name: 'production' }, OPERATOR)
      senders.push({ organisationId, projectId, keyId, key })
    }
    const names = Array.from({ length: users }, (_, n) => `${name.split(' ').at(-1)?.toLowerCase()}-user-${n + 1}`)
    customers.push({ name, weight, users: names, models, senders })
  }
  return customers
}

export function customerNamed(customers: readonly Customer[], name: CustomerName): Customer & { sender: Sender } {
  const customer = customers.find((one) => one.name === name)
  const sender = customer?.senders[0]
  if (customer === undefined || sender === undefined) throw new Error(`there is no customer ${name}`)
  return { ...customer, sender }
}
