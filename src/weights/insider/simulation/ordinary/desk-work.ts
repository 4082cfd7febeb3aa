import type { Draw } from '../draw.ts'
import type { Organisation } from '../organisation.ts'

const MONTH_DAYS = 20
const MINUTE_MS = 60_000
const COMMANDS = ['python3', 'git', 'ssh', 'rsync', 'curl', 'tar', 'make', 'docker', 'nvidia-smi', 'scp'] as const
const READ_REASONS = ['review', 'appeal', 'quality'] as const
const ADMINISTRATION: readonly (readonly [string, number])[] = [
  ['cloudtrail.DeleteObject', 6],
  ['cloudtrail.CreateAccessKey', 1],
  ['cloudtrail.AttachUserPolicy', 1],
  ['okta.user.mfa.factor.reset_all', 2],
  ['auditd.service_stop', 1],
  ['cloudtrail.AssumeRole', 4],
]

/** Analysts who read what was said, and what systems outside tell of everybody: commands, uploads, sticks, administrators at work. */
export function workAtDesks(organisation: Organisation): void {
  readContent(organisation, organisation.drawOf('content'))
  useMachines(organisation, organisation.drawOf('outside'))
}

function readContent(organisation: Organisation, draw: Draw): void {
  const { parameters } = organisation
  for (const { person, presence } of organisation.atWork(({ roles }) => roles.includes('analyst'))) {
    const own = organisation.lasting(`content ${person.id}`)
    const usual = own.logNormal(parameters.value('content.readsPerDay'), parameters.value('content.readsSpread'))
    const count = Math.min(600, draw.poisson(usual * draw.logNormal(1, 0.4)))
    const worker = organisation.worker(person, presence.startMs + 10 * MINUTE_MS, draw)
    const pauseMs = (presence.endMs - presence.startMs) / (count + 1)
    for (let read = 0; read < count; read++) {
      worker.wait(draw.exponential(pauseMs))
      if (worker.nowMs > presence.endMs) break
      const subject = { type: 'request', id: `req_${draw.code(8)}` }
      worker.does('content.read', { subject, data: { reason: own.pick(READ_REASONS), restricted: draw.chance(0.02) } })
    }
    if (draw.chance(parameters.value('content.exportsPerMonth') / MONTH_DAYS / 20))
      worker.does('content.exported', { data: { reason: 'authority' }, bytes: draw.logNormal(2e6, 1.2) })
  }
}

function useMachines(organisation: Organisation, draw: Draw): void {
  const { parameters } = organisation
  for (const { person, presence } of organisation.atWork(({ job }) => job !== 'leader')) {
    const isEngineer = person.habits.sittingsPerDay > 0 || person.job === 'it'
    const hosts = organisation.hostsOf(person)
    const worker = organisation.worker(person, presence.startMs, draw)
    const moment = () => worker.at(draw.real(presence.startMs, presence.endMs)).on(draw.pick(hosts), presence.place)
    const commands = isEngineer ? draw.poisson(parameters.value('outside.commandsPerDay')) : 0
    for (let count = 0; count < commands; count++)
      moment().outside('auditd.execve', { data: { exe: `/usr/bin/${draw.pick(COMMANDS)}` } })
    for (
      let count = draw.poisson(parameters.value('outside.uploadsPerDay') * (isEngineer ? 1.5 : 0.5));
      count > 0;
      count--
    ) {
      const bytes = draw.logNormal(parameters.value('outside.uploadMegabytes') * 1e6, 1.4)
      const data = { bucket: `${person.team}-scratch` }
      moment().outside('cloudtrail.PutObject', { bytes: Math.min(bytes, 5e10), data })
    }
    if (draw.chance(parameters.value('outside.mountsPerMonth') / MONTH_DAYS)) moment().outside('auditd.usb_mount')
    if (person.job === 'it' || person.job === 'administrator')
      for (let count = draw.poisson(parameters.value('outside.adminsPerDay')); count > 0; count--)
        moment().outside(draw.weighted(ADMINISTRATION), { data: { bucket: 'infrastructure' } })
  }
}
