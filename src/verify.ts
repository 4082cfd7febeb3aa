/**
 * Checks Safelevel's ledger, and any other C2SP tlog-tiles log, offline. Depends on node:crypto alone.
 *
 * @example
 * const log = parseVkey(process.env.LOG_KEY)
 * verifyDisclosure(parseDisclosure(await readFile('entry.proof.json', 'utf8')), log)
 */
export * from './ledger/tlog/index.ts'
