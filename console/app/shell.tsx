import { Dialog } from '@base-ui/react/dialog'
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { type ReactNode, useEffect, useState } from 'react'
import { AppLink } from '../components/app-link.tsx'
import { cn } from '../components/class-names.ts'
import { CommandMenu } from '../components/command-menu.tsx'
import { Icon, Logo } from '../components/icons.tsx'
import { EmptyState, Page } from '../components/page.tsx'
import { StateMark } from '../components/state-mark.tsx'
import { roleName } from '../features/people/role-names.ts'
import { useOpenCases } from '../features/queue/queries.ts'
import { objectsNamed, PLACES, type Place } from './navigation.ts'
import { currentPath, leave, SignedIn, sessionQuery, useMe, usePermissions } from './session.ts'
import { canariesQuery, statusQuery } from './status.ts'

/** Sidebar, top bar and the page. */
export function Shell() {
  const { data: me } = useSuspenseQuery(sessionQuery)
  const ended = me === null
  useEffect(() => {
    if (ended) leave(currentPath())
  }, [ended])
  return ended ? null : (
    <SignedIn value={me}>
      <Frame />
    </SignedIn>
  )
}

function Frame() {
  const places = usePlaces()
  return (
    <div className="grid min-h-dvh grid-rows-[auto_1fr] md:grid-cols-[13rem_minmax(0,1fr)] md:grid-rows-1">
      <a
        href="#page"
        className="absolute -top-16 left-2 z-60 rounded-md bg-accent px-3 py-2 text-accent-ink focus:top-2"
      >
        To the page
      </a>
      <aside className="sticky top-0 hidden h-dvh flex-col border-r border-line bg-side md:flex">
        <div className="flex h-12 items-center gap-2 px-4 text-base font-semibold tracking-[-0.01em]">
          <Logo /> Safelevel
        </div>
        <Navigation places={places} />
      </aside>
      <div className="flex min-w-0 flex-col">
        <TopBar places={places} />
        <main id="page" tabIndex={-1} className="min-w-0 grow outline-none">
          <Permitted>
            <Outlet />
          </Permitted>
        </main>
      </div>
    </div>
  )
}

/** In the place of a page that none of one's roles opens: who could. */
function Permitted({ children }: { readonly children: ReactNode }) {
  const { pathname } = useLocation()
  const permission = usePermissions()
  const place = PLACES.find(({ href }) => href !== '/' && isAt(pathname, href))
  const needed = place === undefined || place.action === null ? null : permission(place.action)
  if (place === undefined || needed === null || needed.may) return children
  return (
    <Page title={place.label}>
      <EmptyState title="None of your roles opens this">
        It is open to: {needed.roles.map(roleName).join(', ')}.
      </EmptyState>
    </Page>
  )
}

function isAt(pathname: string, href: string): boolean {
  return href === '/' ? pathname === '/' : pathname === href || pathname.startsWith(`${href}/`)
}

function usePlaces(): readonly Place[] {
  const permission = usePermissions()
  return PLACES.filter(({ action }) => action === null || permission(action).may)
}

function Navigation({ places, onGo }: { readonly places: readonly Place[]; onGo?(): void }) {
  return (
    <nav aria-label="Places" className="flex grow flex-col gap-4 overflow-y-auto p-2">
      {(['work', 'house'] as const).map((group) => (
        <ul key={group} className="flex flex-col gap-px">
          {places
            .filter((place) => place.group === group)
            .map((place) => (
              <NavigationItem key={place.href} place={place} onGo={onGo} />
            ))}
        </ul>
      ))}
    </nav>
  )
}

function NavigationItem({ place, onGo }: { readonly place: Place; readonly onGo: (() => void) | undefined }) {
  const { pathname } = useLocation()
  const { waiting } = useMe()
  const here = isAt(pathname, place.href)
  const cases = useOpenCases(place.badge === 'queue')
  const count = place.badge === 'approvals' ? waiting : cases
  return (
    <li>
      <AppLink
        href={place.href}
        aria-current={here ? 'page' : undefined}
        {...(onGo === undefined ? {} : { onClick: onGo })}
        className={cn(
          'flex h-8 items-center justify-between rounded-md px-2 font-medium',
          here ? 'bg-accent-soft text-ink' : 'text-quiet hover:bg-surface hover:text-ink',
        )}
      >
        {place.label}
        {count > 0 && (
          <span className="text-accent">
            {count}
            <span className="sr-only"> waiting{place.badge === 'approvals' && ' for you'}</span>
          </span>
        )}
      </AppLink>
    </li>
  )
}

function TopBar({ places }: { readonly places: readonly Place[] }) {
  const commands = [
    ...places.map(({ label, href, words }) => ({
      label,
      href,
      group: 'Go to',
      ...(words === undefined ? {} : { words }),
    })),
    { label: 'My account', href: '/account', group: 'Go to', words: 'passkeys security keys sessions sign out' },
  ]
  return (
    <header className="sticky top-0 z-30 flex h-12 items-center gap-3 border-b border-line bg-paper px-3 md:px-6">
      <SmallNavigation places={places} />
      <CommandMenu commands={commands} resolve={objectsNamed} />
      <span className="grow" />
      <Observed />
      <Canaries />
      <LedgerHead />
      <Person />
    </header>
  )
}

function SmallNavigation({ places }: { readonly places: readonly Place[] }) {
  const [open, setOpen] = useState(false)
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger aria-label="Places" className="rounded-md p-1.5 hover:bg-sunken md:hidden">
        <Icon name="menu" />
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-shade" />
        <Dialog.Popup className="fixed inset-y-0 left-0 z-50 flex w-64 flex-col border-r border-line bg-side">
          <Dialog.Title className="flex h-12 items-center gap-2 px-4 text-base font-semibold">
            <Logo /> Safelevel
          </Dialog.Title>
          <Navigation places={places} onGo={() => setOpen(false)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/** On every page, until it is switched: what is only observed must not be taken for enforced. */
function Observed() {
  const { may } = usePermissions()('status.read')
  const { data } = useQuery({ ...statusQuery, enabled: may })
  const observed = data?.health.conditions.find(({ code }) => code === 'observed_only')
  if (observed === undefined) return null
  return (
    <AppLink href="/" title={observed.words} className="flex items-center">
      <StateMark state="watch" className="text-xs whitespace-nowrap">
        observed only<span className="sr-only">: {observed.words}</span>
      </StateMark>
    </AppLink>
  )
}

/** How many ways through the gateway still screen, as the newest canaries say. */
function Canaries() {
  const { may } = usePermissions()('status.read')
  const { data } = useQuery({ ...canariesQuery, enabled: may })
  if (data === undefined || data.length === 0) return null
  const holding = data.filter(({ state }) => state === 'holds').length
  const failing = data.some(({ state }) => state === 'missed' || state === 'silent')
  return (
    <StateMark
      state={failing ? 'fails' : holding === data.length ? 'holds' : 'unknown'}
      className="text-xs whitespace-nowrap"
    >
      <span className="hidden font-normal text-quiet sm:inline">canaries </span>
      {holding}/{data.length}
      <span className="sr-only"> surfaces refuse what they must</span>
    </StateMark>
  )
}

function LedgerHead() {
  const { may } = usePermissions()('status.read')
  const { data, isError } = useQuery({ ...statusQuery, enabled: may })
  if (isError) return <StateMark state="unknown">state unknown</StateMark>
  if (data === undefined) return null
  const { size, health } = data.ledger
  const state = health === 'ok' ? 'holds' : health === 'degraded' ? 'watch' : 'fails'
  const words = health === 'ok' ? '' : ` ${health}`
  return (
    <StateMark state={state} className="text-xs whitespace-nowrap">
      <span className="hidden font-normal text-quiet sm:inline">ledger </span>
      {size.toLocaleString('en')}
      {words}
      <span className="sr-only">{health === 'ok' ? ' entries, records and publishes' : ''}</span>
    </StateMark>
  )
}

function Person() {
  const { person, roles } = useMe()
  return (
    <Link to="/account" className="flex h-8 items-center gap-2 rounded-md px-2 hover:bg-sunken">
      <Icon name="person" size={14} />
      <span className="hidden max-w-48 truncate font-medium sm:inline">{person.displayName}</span>
      <span className="hidden max-w-40 truncate text-quiet lg:inline">{roles.map(roleName).join(', ')}</span>
      <span className="sr-only sm:hidden">My account</span>
    </Link>
  )
}
