/*
 * The takeover protocol of the shared ledger (docs/adr/0018-shared-ledger.md), whose step names stand in the comments.
 *
 * What is modelled: several replicas of which one is the sequencer, appends that are sent again, a sequencer that dies at any
 * step or sleeps past its lease and wakes, statements to the database and writes to the tile store whose answer is lost, that
 * arrive late, after their sender gave them up, or twice. What is not: time (a lease may end at any moment), the tree (a root is
 * the sequence of the entries itself, so two roots are equal exactly when the histories are), tiles (a function of the entries).
 *
 * Checked in every reachable state: no event at two positions (times), no two roots of one size (fork), neither the published
 * nor the stored checkpoint goes backwards, an acknowledged event is in the outbox or in the log, the ledger is never blocked
 * as if the database had been put back. And on every fair run: what is recorded is published and stored in the end.
 *
 * FAULTS bounds how much goes wrong in one run; replicas that die for good come on top of it.
 * Each mutation (-DNO_… and others below) takes one safeguard away: formal/run.ts demands that the violation is then found.
 */
#ifndef REPLICAS
#define REPLICAS 2
#endif
#ifndef EVENTS
#define EVENTS 2
#endif
#ifndef FAULTS
#define FAULTS 3
#endif
#define ROWS 4		/* positions: enough for every event twice, which only a mutation makes */
#define NOBODY 255

/* The database. */
bool known[EVENTS];	/* ledger_record has this event id */
byte outbox[EVENTS];	/* rows of ledger_outbox with this event: at most 1 unless mutated */
byte entry[ROWS];	/* ledger_entry: position -> event + 1 */
byte size;		/* ledger_head from here on */
byte epoch;
byte holder = NOBODY;
bool leaseOver = true;
byte published;
/* The tile store. Its entity tag is a function of the note, and the note one of its size. */
byte stored;

/* What a stranger has seen: the root of each size, 0 while nobody was shown one. */
short shown[ROWS + 1];
short actualRoot;
byte times[EVENTS];	/* positions that hold the event */
bool acked[EVENTS];	/* the append was acknowledged */
bool proven[EVENTS];	/* under the published checkpoint */
bool kept[EVENTS];	/* under the checkpoint in the store */

byte faults = FAULTS;
byte living = REPLICAS;

/* Messages whose sender no longer waits for them. */
chan lateAppend = [2] of { byte };		/* event */
chan lateIntegrate = [2] of { byte };		/* epoch */
chan latePublish = [2] of { byte, byte, short };	/* epoch, size, root */
chan lateStore = [2] of { byte, byte, short };	/* size that is replaced, size, root */

#define fault (faults > 0) -> faults--

#if EVENTS > 2
#define outboxEmpty (outbox[0] == 0 && outbox[1] == 0 && outbox[2] == 0)
#elif EVENTS > 1
#define outboxEmpty (outbox[0] == 0 && outbox[1] == 0)
#else
#define outboxEmpty (outbox[0] == 0)
#endif

/* The root of the first n entries: its history, in base EVENTS + 1. */
inline rootOf(n, result)
{
	result = 0;
	at = 0;
	do
	:: at < n -> result = result * (EVENTS + 1) + entry[at]; at++
	:: else -> break
	od;
	at = 0
}

/* Somebody is shown a checkpoint. */
inline reveal(n, withRoot)
{
	rootOf(n, actualRoot);
	assert(withRoot == actualRoot);
	actualRoot = 0;
	assert(shown[n] == 0 || shown[n] == withRoot);
	if
	:: n > 0 -> shown[n] = withRoot
	:: else -> skip
	fi
}

/* A1: one statement. */
inline doAppend(e)
{
#ifdef NO_UNIQUE_ID
	if
	:: outbox[e] + times[e] < 2 -> outbox[e]++
	:: else -> skip
	fi;
#else
	if
	:: !known[e] -> outbox[e]++
	:: else -> skip
	fi;
#endif
	known[e] = true
}

inline moveRow(e)
{
	outbox[e]--;
	entry[size] = e + 1;
	size++;
	times[e]++;
	assert(times[e] <= 1)
}

/* I1 to I5: one transaction. Any rows in any order, which is more than PostgreSQL would do. */
inline doIntegrate(asEpoch, first, done)
{
	done = false;
	first = size;
	if
#ifdef NO_EPOCH
	:: true ->
#else
	:: epoch == asEpoch ->
#endif
		done = true;
		leaseOver = false;
		do
		:: outbox[0] > 0 -> moveRow(0)
#if EVENTS > 1
		:: outbox[1] > 0 -> moveRow(1)
#endif
#if EVENTS > 2
		:: outbox[2] > 0 -> moveRow(2)
#endif
		:: size > first -> break
		:: size == first && outboxEmpty -> break
		od
	:: else -> skip
	fi
}

inline markProven(n)
{
	at = 0;
	do
	:: at < n -> proven[entry[at] - 1] = true; at++
	:: else -> break
	od;
	at = 0
}

/* P3: one statement. */
inline doPublish(asEpoch, n, withRoot, done)
{
	done = false;
	if
#ifdef NO_EPOCH
	:: published <= n ->
#else
	:: epoch == asEpoch && published <= n ->
#endif
		done = true;
		assert(n <= size);
		reveal(n, withRoot);
		published = n;
		leaseOver = false;
		markProven(n)
	:: else -> skip
	fi
}

/* P4: a conditional write. */
inline doStore(replaces, n, withRoot, done)
{
	done = false;
	if
#ifdef NO_IF_MATCH
	:: true ->
#else
	:: stored == replaces ->
#endif
		done = true;
		assert(n >= stored && n <= published);
		reveal(n, withRoot);
		stored = n;
		at = 0;
		do
		:: at < n -> kept[entry[at] - 1] = true; at++
		:: else -> break
		od;
		at = 0
	:: else -> skip
	fi
}

/* One event and whoever appends it: at any replica, sent again while its outcome is unknown (A2), given up in the end (A3). */
proctype Appender(byte e)
{
Send:
	if
#ifdef ACK_BEFORE_COMMIT
	:: atomic { acked[e] = true; fault; goto Done }
#endif
	:: atomic { doAppend(e); acked[e] = true }
	:: atomic { fault; doAppend(e); goto Send }
	:: atomic { fault; goto Send }
	:: atomic { nfull(lateAppend) && fault; lateAppend!e; goto Send }
	:: atomic { fault; goto Done }
	fi;
Done:	skip
}

proctype Replica(byte me)
{
	byte mine, first, n, tag, headSize, at;
	short root;
	bool done;

Idle:	/* L1. A replica that lost its lease but lives may take its own again. */
end_idle:
	atomic {
		leaseOver || holder == me ->
		leaseOver = false;
		epoch++;
		holder = me;
		mine = epoch
	};
	/* T1: the head row, then the store. Each is a step of its own, and each statement demands the epoch. */
	atomic {
		if
		:: epoch == mine -> headSize = size; n = published
		:: else -> goto Lost
		fi
	};
	atomic {
		tag = stored;
		if
		:: tag > headSize ->
			/* T2: the database was put back. Blocking demands the epoch too: here it never was, so it must not come to that. */
#ifdef NO_EPOCH
			assert(false);
#else
			assert(epoch != mine);
#endif
			goto Lost
		:: else -> skip
		fi;
#ifdef NO_CATCH_UP
		if
		:: tag > n -> n = tag
		:: else -> skip
		fi;
#else
		/* T3 and T4: the tree of all entries that the head row told of. */
		n = headSize;
#endif
		rootOf(n, root)
	};
	goto Publish;

Work:	/* With nothing to do, a sequencer waits. */
end_work:
	if
	:: atomic { !outboxEmpty -> goto Integrate }
	:: atomic { leaseOver && epoch == mine -> leaseOver = false; goto Work }	/* L2 */
	:: atomic { epoch != mine -> goto Lost }					/* L4, heard at the next keeping */
	:: atomic { fault; goto Crash }
	:: atomic { living > 1 -> living--; goto Die }
	fi;

Integrate:
	if
	:: atomic {
		doIntegrate(mine, first, done);
		/* The commitments that it answers go into the tree in memory, if they continue it. */
		if
#ifdef NO_POSITION_CHECK
		:: done ->
#else
		:: done && first == n ->
#endif
			at = first;
			do
			:: at < size -> root = root * (EVENTS + 1) + entry[at]; n++; at++
			:: else -> break
			od;
			at = 0; first = 0; done = false;
			goto Publish
		:: else -> goto Lost
		fi
	}
#ifdef SPLIT_INTEGRATE
	/* I2 and I3 in two transactions, and the process ends between them. */
	:: atomic { outbox[0] > 0 && epoch == mine && fault; outbox[0]--; goto Crash }
#endif
	:: atomic { fault; doIntegrate(mine, first, done); first = 0; done = false; goto Lost }
	:: atomic { fault; goto Lost }
	:: atomic { nfull(lateIntegrate) && fault; lateIntegrate!mine; goto Lost }
#ifdef GUESS
	/* Instead of L4 it takes the statement for not executed and goes on under its epoch: the position has to tell. */
	:: atomic { fault; doIntegrate(mine, first, done); first = 0; done = false; goto Work }
	:: atomic { nfull(lateIntegrate) && fault; lateIntegrate!mine; goto Work }
#endif
	:: atomic { fault; goto Crash }
	fi;

Publish:	/* P1 writes tiles, a function of the entries; P2 signs, a function of the tree. */
	if
	:: atomic {
		doPublish(mine, n, root, done);
		if
		:: done -> done = false
		:: else -> goto Lost
		fi
	}
	:: atomic { fault; doPublish(mine, n, root, done); done = false; goto Lost }
	:: atomic { nfull(latePublish) && fault; latePublish!mine,n,root; goto Lost }
	:: atomic { fault; goto Crash }
	fi;

Store:	if
	:: atomic {
		doStore(tag, n, root, done);
		if
		:: done -> done = false; tag = n; goto Work
		:: else -> goto Lost
		fi
	}
	:: atomic { nfull(lateStore) && fault; lateStore!tag,n,root; goto Lost }
	:: atomic { nfull(lateStore) && fault; lateStore!tag,n,root; goto Store }	/* sent again */
	:: atomic { fault; goto Crash }
	fi;

Lost:	/* L4: what was committed without our hearing is read back. */
	atomic { mine = 0; first = 0; n = 0; tag = 0; headSize = 0; root = 0; done = false };
	goto Idle;

Crash:	/* A new process draws a new name: the old lease has to end. */
	atomic {
		mine = 0; first = 0; n = 0; tag = 0; headSize = 0; root = 0; done = false;
		if
		:: holder == me -> holder = NOBODY
		:: else -> skip
		fi
	};
	goto Idle;

Die:	atomic {
		mine = 0; first = 0; n = 0; tag = 0; headSize = 0; root = 0; done = false;
		if
		:: holder == me -> holder = NOBODY
		:: else -> skip
		fi
	}
}

/* The database's clock: a lease ends when nobody keeps it, or while its holder sleeps or is cut off. */
proctype Time()
{
end:	do
	:: atomic { !leaseOver && holder == NOBODY -> leaseOver = true }
	:: atomic { !leaseOver && fault; leaseOver = true }
	od
}

/* What was sent and given up arrives all the same, at any time, perhaps twice. */
proctype Network()
{
	byte a, b, at, first;
	short r;
	bool done;
end:	do
	:: atomic { lateAppend?a -> doAppend(a); a = 0 }
	:: atomic { lateIntegrate?a -> doIntegrate(a, first, done); a = 0; first = 0; done = false }
	:: atomic { latePublish?a,b,r -> doPublish(a, b, r, done); a = 0; b = 0; r = 0; done = false }
	:: atomic { lateStore?a,b,r -> doStore(a, b, r, done); a = 0; b = 0; r = 0; done = false }
	:: atomic { nempty(lateStore) && nfull(lateStore) && fault; lateStore?<a,b,r>; lateStore!a,b,r; a = 0; b = 0; r = 0 }
	od
}

/* An acknowledged event is in the outbox or in the log. */
#define safe(e) (!acked[e] || outbox[e] + times[e] > 0)

proctype Guard()
{
end:	if
	:: atomic { !safe(0) -> assert(false) }
#if EVENTS > 1
	:: atomic { !safe(1) -> assert(false) }
#endif
#if EVENTS > 2
	:: atomic { !safe(2) -> assert(false) }
#endif
	fi
}

init {
	byte i;
	atomic {
		i = 0;
		do
		:: i < REPLICAS -> run Replica(i); i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < EVENTS -> run Appender(i); i++
		:: else -> break
		od;
		i = 0;
		run Time();
		run Network();
#ifndef LIVENESS
		run Guard()
#endif
	}
}

#ifdef LIVENESS
ltl proven_in_the_end { [] ((outbox[0] > 0) -> <> (proven[0] && kept[0])) }
#endif
