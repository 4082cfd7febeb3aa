import type { RecordHeadTable, RecordTable } from './record-tables.ts'

/** The tables of the rooms under `models`. */
export interface ModelTables {
  modelRecord: RecordTable
  modelHead: RecordHeadTable
  modelCustomer: ModelCustomerTable
}

/** Which organisation has used which model of the gateway. */
export interface ModelCustomerTable {
  gatewayModel: string
  organisationId: string
  since: Date
}
