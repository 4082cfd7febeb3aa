import type { Config } from '../base/config.ts'
import type { Log } from '../base/log.ts'
import { type ModelDirectory, SANDBOX_MODEL } from '../gateway/index.ts'
import { Registry, type RegistryDeps } from '../models/registry/index.ts'
import { parseScalingConfig, Response, STEP_ACTION, stepAction } from '../models/response/index.ts'
import type { Staff } from '../staff/index.ts'

/** The rooms that answer for models: what is trained, what is deployed, what follows when a threshold is met. */
export interface ModelRooms {
  readonly registry: Registry
  readonly response: Response
}

/** Opens them, lets people ask for their steps, and closes them with `resources`. @throws {AppError} CONFIG_INVALID, LEDGER_UNAVAILABLE */
export async function openModelRooms(
  deps: RegistryDeps & { readonly log: Log; readonly config: Pick<Config, 'scaling'>; readonly staff: Staff },
  directory: ModelDirectory,
  resources: AsyncDisposableStack,
): Promise<ModelRooms> {
  const registry = await Registry.open(deps)
  const response = resources.use(
    await Response.open({
      ...deps,
      registry,
      config: parseScalingConfig(deps.config.scaling),
      served: () => directory.list().map(({ name }) => name),
      isFixture: (model) => model === SANDBOX_MODEL,
    }),
  )
  deps.staff.approvals.registerAction(STEP_ACTION, stepAction(response.cases))
  return { registry, response }
}
