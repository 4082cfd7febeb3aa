import type { Place } from '../../index.ts'
import type { Draw } from '../draw.ts'

/** Cities with an office: where, how far ahead of UTC in winter, how many people are there. Nobody changes to summer time. */
export const OFFICES = [
  { id: 'sfo', latitude: 37.77, longitude: -122.42, zoneMinutes: -480, weight: 5 },
  { id: 'nyc', latitude: 40.71, longitude: -74.01, zoneMinutes: -300, weight: 3 },
  { id: 'lon', latitude: 51.51, longitude: -0.13, zoneMinutes: 0, weight: 3 },
  { id: 'zrh', latitude: 47.37, longitude: 8.54, zoneMinutes: 60, weight: 2 },
  { id: 'blr', latitude: 12.97, longitude: 77.59, zoneMinutes: 330, weight: 1 },
  { id: 'tyo', latitude: 35.68, longitude: 139.69, zoneMinutes: 540, weight: 1 },
] as const
export type Office = (typeof OFFICES)[number]

const CITIES: readonly (readonly [latitude: number, longitude: number])[] = [
  ...OFFICES.map(({ latitude, longitude }) => [latitude, longitude] as const),
  ...([
    [-33.87, 151.21],
    [-23.55, -46.63],
    [1.35, 103.82],
    [19.43, -99.13],
    [25.2, 55.27],
    [30.04, 31.24],
    [37.57, 126.98],
    [45.5, -73.57],
    [47.61, -122.33],
    [48.86, 2.35],
    [52.52, 13.4],
    [55.75, 37.62],
    [59.33, 18.07],
    [6.52, 3.38],
    [-1.29, 36.82],
    [-34.6, -58.38],
    [41.01, 28.98],
    [22.32, 114.17],
  ] as const),
]
const EARTH_KM = 6_371
const KM_PER_DEGREE = 111

/** Addresses for documentation and benchmarks only: RFC 5737 and RFC 2544 (198.18.0.0/15). Nobody real has one. */
export function address(draw: Draw): string {
  return `198.${draw.int(18, 19)}.${draw.int(0, 255)}.${draw.int(1, 254)}`
}

export function officePlace(office: Office, draw: Draw): Place {
  return { ip: address(draw), latitude: office.latitude, longitude: office.longitude }
}

/** Somewhere within about `km`, with an address of its own. */
export function near({ latitude, longitude }: Place, km: number, draw: Draw): Place {
  const north = draw.normal(0, km / 2) / KM_PER_DEGREE
  const scale = Math.max(0.2, Math.cos(((latitude ?? 0) * Math.PI) / 180))
  const east = draw.normal(0, km / 2) / (KM_PER_DEGREE * scale)
  return { ip: address(draw), latitude: round((latitude ?? 0) + north), longitude: round((longitude ?? 0) + east) }
}

/** Some city at least `km` away; the one furthest away where none is. */
export function far(place: Place, km: number, draw: Draw): Place {
  const cities = CITIES.map(([latitude, longitude]) => ({ ip: null, latitude, longitude }))
  const beyond = cities.filter((city) => distanceKm(place, city) >= km)
  const [furthest] = cities.toSorted((a, b) => distanceKm(place, b) - distanceKm(place, a))
  return near(beyond.length > 0 ? draw.pick(beyond) : (furthest ?? place), 20, draw)
}

/** Along the great circle. */
export function distanceKm(a: Place, b: Place): number {
  const radians = (degrees: number | null) => ((degrees ?? 0) * Math.PI) / 180
  const north = Math.sin((radians(b.latitude) - radians(a.latitude)) / 2) ** 2
  const east = Math.sin((radians(b.longitude) - radians(a.longitude)) / 2) ** 2
  return (
    2 * EARTH_KM * Math.asin(Math.sqrt(north + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * east))
  )
}

function round(degrees: number): number {
  return Math.round(degrees * 100) / 100
}
