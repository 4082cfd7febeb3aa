import type { Deployment } from '../registry/index.ts'

/** A deployment, or a model that the gateway serves without anybody having declared one. */
export interface Target {
  readonly id: string
  readonly model: string
  readonly gatewayModels: readonly string[]
  /** What can't be halted from here. */
  readonly elsewhere: readonly { readonly name: string; readonly kind: Deployment['surfaces'][number]['kind'] }[]
}

export function gatewayModelsOf({ surfaces }: Pick<Deployment, 'surfaces'>): string[] {
  return surfaces.flatMap(({ gatewayModels }) => gatewayModels)
}

export function toTarget(deployment: Deployment): Target {
  const { id, model, surfaces } = deployment
  const elsewhere = surfaces.filter(({ gatewayModels }) => gatewayModels.length === 0)
  return { id, model, gatewayModels: gatewayModelsOf(deployment), elsewhere }
}
