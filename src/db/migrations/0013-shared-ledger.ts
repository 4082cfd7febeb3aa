import { type Kysely, sql } from 'kysely'

/**
 * The ledger that several replicas share (docs/adr/0018-shared-ledger.md): bodies as they are recorded, what waits for its place, the
 * places, and one row that all of them agree on.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table ledger_record (
    id bigint generated always as identity primary key,
    event_id text not null unique,
    recorded_at timestamptz not null default clock_timestamp(),
    salt bytea check (octet_length(salt) = 32),
    body bytea,
    check ((salt is null) = (body is null))
  )`.execute(db)
  // A queue: rows come and go all the time, so what is gone is cleared away early.
  await sql`create table ledger_outbox (
    record bigint primary key,
    commitment bytea not null check (octet_length(commitment) = 32)
  ) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000)`.execute(db)
  await sql`create table ledger_entry (
    position bigint primary key check (position >= 0),
    record bigint not null unique,
    commitment bytea not null check (octet_length(commitment) = 32)
  )`.execute(db)
  await sql`create table ledger_head (
    id int primary key check (id = 1),
    origin text not null,
    vkey text not null,
    size bigint not null default 0,
    epoch bigint not null default 0,
    holder text,
    lease_until timestamptz not null default '-infinity',
    published_size bigint not null default 0 check (published_size <= size),
    note text,
    blocked text,
    erasures bigint not null default 0
  ) with (fillfactor = 50)`.execute(db)
  await sql`create table ledger_succession (old_id text primary key, note text not null)`.execute(db)
  await sql`create table installation_key (
    name text primary key,
    fingerprint text not null,
    noted_at timestamptz not null default clock_timestamp()
  )`.execute(db)
  await integrate(db)
}

/**
 * Gives what waits its place. One call is one transaction, so a client that is stopped in the middle holds no lock. No row in the answer
 * means that another epoch has begun.
 */
async function integrate(db: Kysely<unknown>): Promise<void> {
  await sql`create function ledger_integrate(my_epoch bigint, most integer, lease interval)
    returns table (first_position bigint, commitments bytea) language plpgsql as $$
    declare
      head ledger_head%rowtype;
      placed_rows bigint;
      joined bytea;
    begin
      if not exists (select from ledger_outbox) then
        select * into head from ledger_head h where h.epoch = my_epoch;
        if not found then return; end if;
        if head.lease_until > clock_timestamp() + lease * 0.6 then
          return query select head.size, ''::bytea;
          return;
        end if;
      end if;
      select * into head from ledger_head h where h.epoch = my_epoch for update;
      if not found then return; end if;
      with taken as (
        delete from ledger_outbox o
        where o.record in (select w.record from ledger_outbox w order by w.record limit most)
        returning o.record, o.commitment
      ), placed as (
        insert into ledger_entry (position, record, commitment)
        select head.size - 1 + row_number() over (order by t.record), t.record, t.commitment from taken t
        returning ledger_entry.position as place, ledger_entry.commitment as entry
      )
      select count(*), coalesce(string_agg(p.entry, ''::bytea order by p.place), ''::bytea) into placed_rows, joined from placed p;
      update ledger_head h
      set size = head.size + placed_rows, lease_until = greatest(h.lease_until, clock_timestamp() + lease)
      where h.id = head.id;
      if placed_rows > 0 then perform pg_notify('safelevel_ledger', ''); end if;
      return query select head.size, joined;
    end $$`.execute(db)
}
