/** The tables of the rooms under `models`. */
export interface ModelTables {
  modelRecord: ModelRecordTable
  modelHead: ModelHeadTable
  modelCustomer: ModelCustomerTable
}

/** One document about a model: a checkpoint, a deployment, an assessment, … */
export interface ModelRecordTable {
  kind: string
  id: string
  /** The model line that it concerns. */
  model: string | null
  /** What else it is found by: a run, a suite. */
  about: string | null
  state: string
  /** When what it tells of was so. */
  at: Date
  dueAt: Date | null
  version: number
  /** The document, JSON. */
  body: string
}

/** One row: the number of the last change. */
export interface ModelHeadTable {
  version: number
}

/** Which organisation has used which model of the gateway. */
export interface ModelCustomerTable {
  gatewayModel: string
  organisationId: string
  since: Date
}
