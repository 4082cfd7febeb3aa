import { AppError } from '../base/errors.ts'
import type { JsonObject } from '../base/json.ts'
import type { ServedModel } from './model-directory.ts'

const EPOCH = '1970-01-01T00:00:00Z'

/** `GET /v1/models` in the dialect of the caller. Creation times are not known and given as the epoch. */
export function modelList(models: readonly ServedModel[], anthropic: boolean): JsonObject {
  const data = models.map((model) => entry(model, anthropic))
  if (!anthropic) return { object: 'list', data }
  return { data, has_more: false, first_id: models[0]?.name ?? null, last_id: models.at(-1)?.name ?? null }
}

/** @throws {AppError} MODEL_NOT_FOUND */
export function oneModel(model: ServedModel | undefined, anthropic: boolean): JsonObject {
  if (model === undefined) throw new AppError('MODEL_NOT_FOUND', 'the model does not exist or is not open to you')
  return entry(model, anthropic)
}

function entry(model: ServedModel, anthropic: boolean): JsonObject {
  const display = model.sandbox ? `${model.name} (built in; not a real model)` : model.name
  if (anthropic) return { type: 'model', id: model.name, display_name: display, created_at: EPOCH }
  return { id: model.name, object: 'model', created: 0, owned_by: model.sandbox ? 'safelevel-sandbox' : 'organization' }
}
