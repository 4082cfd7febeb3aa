import type { CableState } from './cable.ts'
import type { Cluster } from './cluster.ts'
import type { Random } from './random.ts'
import type { Replica } from './replica.ts'
import type { ServerProcess } from './server-process.ts'

/** What a fault takes away while it lasts. */
export interface Damage {
  /** Replicas that may refuse, stall or be gone. The others must go on accepting requests. */
  readonly hit: ReadonlySet<Replica>
  /** Replicas that go on, but are told late. */
  readonly slowed: ReadonlySet<Replica>
  /** Whether the log can't grow before it is healed: nobody can record, or nobody can publish. */
  readonly halts: boolean
  /** What went wrong in the breaking itself. */
  readonly found?: readonly string[]
  /** Puts everything back; resolves once what was killed is ready again. */
  heal(): Promise<void>
}

export interface Fault {
  readonly name: string
  /** Whether this cluster has the part that it breaks. */
  possible(cluster: Cluster): boolean
  inject(cluster: Cluster, random: Random): Promise<Damage>
}

const NONE: ReadonlySet<Replica> = new Set()

const FLAP_MS = 150
/** Twice what the configuration gives running requests, and the closing. */
const STOP_MS = 15_000

type Victim = 'the sequencer' | 'another replica'

/** Everything that is done to a cluster, one a round. The sequencer's faults come first: it has most to lose. */
export function catalogue(): readonly Fault[] {
  const victims: Victim[] = ['the sequencer', 'another replica']
  return [
    ...victims.map(killReplica),
    ...victims.map(pauseReplica),
    ...victims.flatMap((victim) =>
      (['cut', 'silent', 'slow'] as const).map((state) => severed(victim, 'postgres', state)),
    ),
    ...(['cut', 'silent'] as const).map((state) => severed('the sequencer', 's3', state)),
    severed('another replica', 'valkey', 'silent'),
    stopInOrder(),
    ...(['postgres', 's3', 'valkey'] as const).flatMap((name) => [killServer(name), pauseServer(name)]),
    powerCut(),
    passTheBaton(),
    flap('postgres'),
    flap('s3'),
    ...victims.map(wrongClock),
    both(killServer('s3'), killReplica('the sequencer')),
    both(severed('the sequencer', 'postgres', 'silent'), severed('another replica', 's3', 'silent')),
    both(wrongClock('the sequencer'), pauseReplica('the sequencer')),
  ]
}

async function chosen(cluster: Cluster, victim: Victim, random: Random): Promise<Replica> {
  const sequencer = await cluster.sequencer()
  if (victim === 'the sequencer') return sequencer ?? random.pick(cluster.replicas)
  return random.pick(cluster.replicas.filter((replica) => replica !== sequencer))
}

const hasVictim = (cluster: Cluster, victim: Victim) => victim === 'the sequencer' || cluster.replicas.length > 1

function killReplica(victim: Victim): Fault {
  return {
    name: `kill -9 ${victim}`,
    possible: (cluster) => hasVictim(cluster, victim),
    inject: async (cluster, random) => {
      const replica = await chosen(cluster, victim, random)
      await replica.kill()
      return {
        hit: new Set([replica]),
        slowed: NONE,
        halts: cluster.replicas.length === 1,
        heal: () => replica.start(),
      }
    },
  }
}

/** It wakes after its lease has passed to somebody else, and believes for a moment that it still holds it. */
function pauseReplica(victim: Victim): Fault {
  return {
    name: `pause ${victim}`,
    possible: (cluster) => hasVictim(cluster, victim),
    inject: async (cluster, random) => {
      const replica = await chosen(cluster, victim, random)
      replica.pause()
      const heal = async () => replica.resume()
      return { hit: new Set([replica]), slowed: NONE, halts: cluster.replicas.length === 1, heal }
    },
  }
}

function severed(victim: Victim, from: string, state: CableState): Fault {
  const how = { cut: 'cut', silent: 'pull the cable of', slow: 'slow down', whole: '' }[state]
  return {
    name: `${how} ${victim} ${state === 'slow' ? 'towards' : 'from'} ${from}`,
    possible: (cluster) => hasVictim(cluster, victim) && cluster.has(from),
    inject: async (cluster, random) => {
      const replica = await chosen(cluster, victim, random)
      const cable = replica.cable(from)
      cable.set(state)
      const vital = from === 'postgres' && state !== 'slow'
      return {
        hit: new Set(vital ? [replica] : []),
        slowed: new Set(state === 'slow' ? [replica] : []),
        halts: from !== 'valkey' && cluster.replicas.length === 1,
        heal: async () => cable.set('whole'),
      }
    },
  }
}

function stopInOrder(): Fault {
  return {
    name: 'stop the sequencer in order, as an upgrade does',
    possible: () => true,
    inject: async (cluster, random) => {
      const replica = await chosen(cluster, 'the sequencer', random)
      const ended = await replica.stop(STOP_MS)
      const found = ended ? [] : [`${replica.name} did not end within ${STOP_MS} ms after SIGTERM`]
      const halts = cluster.replicas.length === 1
      return { hit: new Set([replica]), slowed: NONE, halts, found, heal: () => replica.start() }
    },
  }
}

function damageOfServer(cluster: Cluster, server: ServerProcess, heal: () => Promise<void>): Damage {
  const vital = server.name === 'postgres'
  return { hit: new Set(vital ? cluster.replicas : []), slowed: NONE, halts: vital || server.name === 's3', heal }
}

function killServer(name: string): Fault {
  return {
    name: `kill -9 ${name}`,
    possible: (cluster) => cluster.has(name),
    inject: async (cluster) => {
      const server = cluster.server(name)
      await server.kill()
      return damageOfServer(cluster, server, () => server.start())
    },
  }
}

function pauseServer(name: string): Fault {
  return {
    name: `pause ${name}`,
    possible: (cluster) => cluster.has(name),
    inject: async (cluster) => {
      const server = cluster.server(name)
      server.pause()
      return damageOfServer(cluster, server, async () => server.resume())
    },
  }
}

function powerCut(): Fault {
  return {
    name: 'power cut: kill -9 everything at once',
    possible: () => true,
    inject: async (cluster) => {
      await Promise.all([...cluster.replicas, ...cluster.servers].map((part) => part.kill()))
      const heal = async () => {
        await Promise.all(cluster.servers.map((server) => server.start()))
        await Promise.all(cluster.replicas.map((replica) => replica.start()))
      }
      return { hit: new Set(cluster.replicas), slowed: NONE, halts: true, heal }
    },
  }
}

/** One after the other is paused past its lease and woken while the next holds it: as many as there are believe at some time that they lead. */
function passTheBaton(): Fault {
  return {
    name: 'pause one sequencer after the other',
    possible: (cluster) => cluster.replicas.length > 1,
    inject: async (cluster) => {
      const paused: Replica[] = []
      for (let i = 0; i < Math.min(3, cluster.replicas.length - 1); i++) {
        const before = await cluster.sequencer()
        if (before === null || before.state !== 'running') break
        before.pause()
        paused.push(before)
        await cluster.nextSequencer(before)
      }
      const heal = async () => {
        for (const replica of paused) replica.resume()
      }
      return { hit: new Set(paused), slowed: NONE, halts: false, heal }
    },
  }
}

/** Every line to that server breaks several times a second, and is whole again at once. */
function flap(name: string): Fault {
  return {
    name: `flapping lines from all replicas to ${name}`,
    possible: (cluster) => cluster.has(name),
    inject: async (cluster) => {
      const cables = cluster.replicas.map((replica) => replica.cable(name))
      const timer = setInterval(() => {
        for (const cable of cables) {
          cable.set('cut')
          cable.set('whole')
        }
      }, FLAP_MS)
      const heal = async () => clearInterval(timer)
      const all = new Set(cluster.replicas)
      return { hit: name === 'postgres' ? all : NONE, slowed: all, halts: true, heal }
    },
  }
}

/** The wall clock of a replica is minutes off for a while: it jumps there and back. */
function wrongClock(victim: Victim): Fault {
  return {
    name: `set the clock of ${victim} wrong by minutes`,
    possible: (cluster) => hasVictim(cluster, victim) && cluster.replicas.every(({ clock }) => clock !== null),
    inject: async (cluster, random) => {
      const replica = await chosen(cluster, victim, random)
      replica.clock?.set(Math.round(random.between(120, 600)) * random.pick([-1, 1]))
      const heal = async () => replica.clock?.set(0)
      return { hit: NONE, slowed: NONE, halts: false, heal }
    },
  }
}

function both(first: Fault, second: Fault): Fault {
  return {
    name: `${first.name}, and ${second.name}`,
    possible: (cluster) => cluster.replicas.length > 2 && first.possible(cluster) && second.possible(cluster),
    inject: async (cluster, random) => {
      const damages = [await first.inject(cluster, random), await second.inject(cluster, random)]
      return {
        hit: new Set(damages.flatMap(({ hit }) => [...hit])),
        slowed: new Set(damages.flatMap(({ slowed }) => [...slowed])),
        halts: damages.some(({ halts }) => halts),
        heal: async () => {
          for (const { heal } of damages) await heal()
        },
      }
    },
  }
}
