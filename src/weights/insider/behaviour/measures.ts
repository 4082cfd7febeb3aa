/** What may be on a measure's scale: bytes and counts in half steps of a doubling, or steps that the model itself has made. */
export type Scale = 'bytes' | 'count' | 'step'

/** What a measure is about: what says the same thing twice is counted together only up to a cap. */
export const FAMILIES = ['taking', 'place', 'access', 'approving', 'guarding', 'leaking', 'rules'] as const
export type Family = (typeof FAMILIES)[number]

/** One number of a person's day, of which it is known how often people have it that high. */
export interface Measure {
  readonly id: string
  readonly family: Family
  readonly scale: Scale
  /** `{n}` stands for the number. */
  readonly says: string
  /** The most that a day of it says, in nats. */
  readonly most: number
  /** Whether it weighs more of somebody who is about to leave. */
  readonly isTaking: boolean
}

function measure(id: string, family: Family, scale: Scale, says: string, about: Partial<Measure> = {}): Measure {
  return { id, family, scale, says, most: 10, isTaking: false, ...about }
}

const TAKING = { isTaking: true }

/** In this order within snapshots: one more goes at the end. */
export const MEASURES = [
  measure('bytes_read', 'taking', 'bytes', 'read {n} of weights in a day', TAKING),
  measure('bytes_hour', 'taking', 'bytes', 'read {n} of weights within an hour', TAKING),
  measure('bytes_new', 'taking', 'bytes', 'read {n} of weights in a day that they had never read before', TAKING),
  measure('bytes_slow', 'taking', 'bytes', 'has in weeks, little by little, read {n} that they had never read', TAKING),
  measure('bytes_in_a_row', 'taking', 'bytes', 'read {n} of a file in one go from front to back', TAKING),
  measure('tiles', 'taking', 'count', 'read {n} pieces in a day that fit exactly to what they had read', TAKING),
  measure('files_opened', 'taking', 'count', 'opened {n} files of weights in a day', { ...TAKING, most: 4 }),
  measure('versions_read', 'taking', 'count', 'read {n} versions of models within a week', { ...TAKING, most: 5 }),
  measure('asked_bytes', 'access', 'bytes', 'got a grant over {n}', TAKING),
  measure('grants', 'access', 'count', 'got {n} grants in a day', { most: 4 }),
  measure(
    'off_grant',
    'access',
    'count',
    'read {n} times otherwise than the grant says: another device, version or time',
  ),
  measure('near_end', 'access', 'bytes', 'read {n} in the last tenth of a grant’s time, after hardly anything', TAKING),
  measure('budget_spent', 'access', 'count', 'spent the whole budget of {n} grants in a day', TAKING),
  measure('new_kind', 'access', 'step', 'did a kind of thing that they had never done'),
  measure('new_version', 'access', 'step', 'touched a version of a model that they had never touched', TAKING),
  measure('new_reader', 'place', 'step', 'read weights from a device that they had never read any from', TAKING),
  measure('shared_host', 'place', 'step', 'read weights from a device from which others read', { most: 4 }),
  measure('new_use', 'access', 'step', 'used a grant for something that they had never used one for', TAKING),
  measure('new_host', 'place', 'step', 'worked from a device that they had never used'),
  measure('new_place', 'place', 'step', 'signed in from a network that they had never used'),
  measure('hours', 'place', 'step', 'did sensitive things at an hour at which they hardly ever work'),
  measure('travel', 'place', 'step', 'was in two places faster than an aeroplane flies'),
  measure(
    'fresh_access',
    'place',
    'bytes',
    'read {n} of weights within a day of a new device, network, key or role',
    TAKING,
  ),
  measure('dormant', 'place', 'step', 'turned to weights after weeks of silence'),
  measure('failures', 'access', 'count', 'was refused {n} times in a day', { most: 4 }),
  measure('approvals', 'approving', 'count', 'approved {n} requests in a day', { most: 4 }),
  measure('approval_speed', 'approving', 'step', 'agreed to a request faster than it can be read'),
  measure('reciprocity', 'approving', 'count', 'agrees to the requests of somebody who agrees to theirs, {n} times'),
  measure(
    'concentration',
    'approving',
    'step',
    'has requests agreed to by one person far more often than chance would have it',
  ),
  measure(
    'approved_bytes',
    'approving',
    'bytes',
    'agreed to grants under which {n} of weights that were new left in a day',
  ),
  measure('content_read', 'leaking', 'count', 'looked at what customers said {n} times in a day', { most: 6 }),
  measure('exports', 'leaking', 'count', 'exported records {n} times in a day'),
  measure('bytes_out', 'leaking', 'bytes', 'moved {n} out of the house in a day', { ...TAKING, most: 5 }),
  measure(
    'out_after_read',
    'leaking',
    'bytes',
    'moved {n} out of the house within three days of reading weights',
    TAKING,
  ),
  measure('tampering', 'guarding', 'count', 'touched what watches people {n} times in a day', {
    most: 8,
  }),
  measure('loosening', 'guarding', 'count', 'loosened {n} safeguards in a day', {}),
  measure('loosened_used', 'guarding', 'bytes', 'used {n} of weights within a week of loosening a safeguard', {
    ...TAKING,
  }),
  measure('tampered_used', 'guarding', 'bytes', 'read {n} of weights within two days of touching what watches people', {
    ...TAKING,
  }),
  measure(
    'outside_acts',
    'leaking',
    'count',
    'did {n} things in a day on machines and in clouds outside of Safelevel',
    { most: 3 },
  ),
  measure('actions', 'access', 'count', 'did {n} things in a day', { most: 3 }),
  measure('glass', 'guarding', 'step', 'broke the glass', {}),
  measure('share', 'taking', 'step', 'has by now read a share of a version that few read', TAKING),
  measure('new_days', 'taking', 'step', 'reads, day after day, what they had never read', TAKING),
  measure('new_share', 'taking', 'step', 'read a share of a version in a day that they had never read', TAKING),
  measure('resumed', 'taking', 'count', 'went on {n} times exactly where they had stopped reading earlier', TAKING),
  measure(
    'new_only',
    'taking',
    'count',
    'read {n} times in a day of a version that they know, and only what they had not read',
    TAKING,
  ),
  measure('avoids', 'taking', 'step', 'reads around what they have read before, as nobody does by chance', TAKING),
  measure('odd_bytes', 'taking', 'bytes', 'read {n} of weights at hours at which they hardly ever work', TAKING),
  measure(
    'rubber_bytes',
    'approving',
    'bytes',
    'read {n} under grants that were agreed to faster than they can be read',
    TAKING,
  ),
  measure(
    'favour_bytes',
    'approving',
    'bytes',
    'read {n} under grants by somebody whose requests they agree to',
    TAKING,
  ),
  measure('glass_bytes', 'guarding', 'bytes', 'read {n} under broken glass', TAKING),
  measure('export_bytes', 'taking', 'bytes', 'read {n} in a day to be taken elsewhere', TAKING),
  measure(
    'small_tiles',
    'taking',
    'count',
    'read {n} pieces of small size in a day, new and fitting to what they had read',
    TAKING,
  ),
  measure(
    'shuffled_bytes',
    'taking',
    'bytes',
    'read {n} in a day that was new, jumping to and fro as a training job does',
    TAKING,
  ),
  measure(
    'leaver_bytes',
    'taking',
    'bytes',
    'is about to leave and read {n} in a day that they had never read',
    TAKING,
  ),
  measure(
    'strange_bytes',
    'taking',
    'bytes',
    'read {n} in a day of a version that they have known for less than a week',
    TAKING,
  ),
  measure(
    'strange_use',
    'taking',
    'bytes',
    'read {n} in a day for a use that they have known for less than a week',
    TAKING,
  ),
  measure('row_share', 'taking', 'step', 'read a share of a version in one go, file after file', TAKING),
  measure(
    'same_size',
    'taking',
    'count',
    'read {n} pieces in a day of exactly the same length as the one before',
    TAKING,
  ),
  measure('relayed', 'taking', 'count', 'read {n} times in a day what fits exactly to what somebody else read', TAKING),
  measure('asked_share', 'access', 'step', 'got a grant over a share of a version', TAKING),
  measure('strangeness', 'place', 'step', 'turned to weights on a day with several strange things about it'),
  measure('unsigned_bytes', 'place', 'bytes', 'read {n} of weights on a day without having signed in', TAKING),
  measure('lonely_bytes', 'place', 'bytes', 'read {n} of weights on a day with hardly any other work', TAKING),
  measure('host_switches', 'place', 'count', 'read weights by turns from different devices, {n} times in a day', {
    most: 5,
  }),
  measure(
    'fresh_host_bytes',
    'place',
    'bytes',
    'read {n} in a day from a device from which nobody read until a few days ago',
    TAKING,
  ),
  measure(
    'hasty_pair',
    'approving',
    'count',
    'one agreed to what the other asked, {n} times, faster than it can be read',
  ),
  measure('records_read', 'leaking', 'count', 'looked into the record of what people do {n} times in a day', {
    most: 5,
  }),
  measure('own_favour', 'guarding', 'count', 'changed {n} safeguards in a day that hold for themselves'),
  measure('mid_run', 'taking', 'bytes', 'read {n} in one go, from the middle of a file on', TAKING),
  measure(
    'sweeps',
    'taking',
    'count',
    'read {n} pieces of small size in one sitting, and hardly one that they had looked at before',
    TAKING,
  ),
  measure(
    'small_bytes',
    'taking',
    'bytes',
    'read {n} in a day in small pieces, none of which they had looked at before',
    TAKING,
  ),
  measure('small_share', 'taking', 'step', 'has in small pieces read a share of a version that few have', TAKING),
  measure('small_days', 'taking', 'step', 'looks, day after day, at pieces that they had never looked at', TAKING),
  measure('carried', 'leaking', 'bytes', 'moved something out of the house within days of reading {n}', TAKING),
  measure('new_target', 'leaking', 'step', 'moved something to where they had never moved anything'),
  measure(
    'travel_bytes',
    'place',
    'bytes',
    'read {n} within a day of being in two places faster than an aeroplane flies',
    TAKING,
  ),
  measure(
    'new_device_bytes',
    'place',
    'bytes',
    'read {n} in a day from a device that was registered a few days ago',
    TAKING,
  ),
  measure('new_pairing', 'place', 'step', 'used weights in a way in which they had never used that device', TAKING),
  measure('run_share', 'taking', 'step', 'read a share of a version in a day under grants to run it', TAKING),
  measure('program_share', 'taking', 'step', 'read a share of a version in a day under grants for a program', TAKING),
  measure(
    'hasty_bytes',
    'approving',
    'bytes',
    'read {n} under grants of somebody who agrees to their requests in haste, again and again',
    TAKING,
  ),
] as const satisfies readonly Measure[]

export type MeasureId = (typeof MEASURES)[number]['id']
