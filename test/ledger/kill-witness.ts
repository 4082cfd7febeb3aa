import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { openWitnessKey, startWitness, Witness, WitnessStore } from '../../src/witness/index.ts'

/** A witness to be killed: serves the folder in its argument and prints its address. */
const dir = process.argv[2] ?? ''
const cosigner = await openWitnessKey(dir)
const witness = new Witness({ cosigner, store: new WitnessStore(dir), clock: systemClock, log: silentLog })
const { url } = await startWitness({ witness, host: '127.0.0.1', port: 0, log: silentLog })
console.log(url)
