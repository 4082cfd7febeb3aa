const SOURCE = /^record:(?<dataset>[^:]{1,100}):(?<position>\d{1,8})$/

/** Names for ever the case about one record of a dataset. */
export function recordSource(dataset: string, position: number): string {
  return `record:${dataset}:${position}`
}

/** Which record a case is about; null for a case about something else. */
export function readRecordSource(source: string | null): { dataset: string; position: number } | null {
  const { dataset, position } = SOURCE.exec(source ?? '')?.groups ?? {}
  return dataset === undefined ? null : { dataset, position: Number(position) }
}
