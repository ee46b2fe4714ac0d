/* take.pml - how what an idle thread's cache holds is taken (swiss/heap/caches.c), in Promela, for spin:
 *
 *     spin -a take.pml && gcc -DSAFETY -w -o pan pan.c && ./pan -m1000000
 *
 * One thread, the owner, with a cache of one size class, two blocks that it allocates and frees as often as may be, by
 * the stack alone or with more of its cache, and it ends and begins anew; TAKERS others that take what the cache holds;
 * and one that allocates and frees what has left the cache. Checked in every interleaving: no block is handed out, or
 * given back, while someone has it; none is lost; no one writes to the byte of a block that another has; and the counts
 * of the stack are those of the blocks.
 *
 * The owner's processor is a weakly ordered one. What it stores waits in `stores`, and becomes visible in any order,
 * but that of one variable's stores, and that no store marked `release` comes before what was stored before it. What
 * others write to `revoked` it may have read long before: it sees `seen_revoked`, which follows at any time. A barrier
 * on all processors, that of the takers, empties `stores`, and lets the owner see what is there. To acquire a lock is
 * to see, to release it is to be seen.
 *
 * Each WITHOUT_... defined leaves out a step, and is an error that is found: the test tries all of them.
 */
#ifndef TAKERS
#    define TAKERS 1
#endif

/* Variables that the owner stores to. */
#define BLOCKS 0 /* two: what the stack holds */
#define STATES 2 /* two: the bytes of the blocks */
#define COUNTS 4
#define BUSY 5
#define NOWHERE 6

#define NOTHING 2 /* in blocks[], when its memory has been given back, or there is nothing */

/* What the byte of a block says: alive, from no one's cache; from the owner's; from another's. */
#define FREE 0
#define LIVE 1
#define TAG 2
#define OTHERS_TAG 3

mtype = { AT_HAND, USED, IN_BIN, IN_CENTRAL, USED_BY_OTHER };

byte memory[6] = { NOTHING, NOTHING, FREE, FREE, 0, 0 };

/* Stores of the owner that are not visible yet, the oldest first: to which variable, what, and if it is a release. */
#define STORES 4
byte to[STORES] = NOWHERE;
byte value[STORES];
bit release[STORES];
byte waiting;

bit revoked, seen_revoked;

/* Guarded by the lock of all caches. */
bit locked, has_owner, taken;
byte taken_counts;

mtype place[2] = IN_CENTRAL; /* where a block is, or is on its way to */
bit inside;                  /* the owner uses more of its cache than a stack */
byte drawn;                  /* blocks that came to the stack from spans, less those that went back */

/* ------------------------------------------------------------------------------------------- the owner's processor */

/* Of what no one will look at, only one value, so that there are fewer states. */
inline forget_slots() {
#ifdef WITHOUT_RELEASE_OF_POPS
    skip
#else
    if
    :: !waiting && !locked && memory[COUNTS] < 2 ->
        memory[BLOCKS + 1] = NOTHING;
        if
        :: !memory[COUNTS] -> memory[BLOCKS] = NOTHING
        :: else
        fi
    :: else
    fi
#endif
}

/* Removes the store at `i`, which is visible now. */
inline remove(i) {
    memory[to[i]] = value[i];
    j = i;
    do
    :: j + 1 < waiting -> to[j] = to[j + 1]; value[j] = value[j + 1]; release[j] = release[j + 1]; j++
    :: else -> break
    od;
    waiting--;
    forget_slots();
    to[waiting] = NOWHERE;
    value[waiting] = 0;
    release[waiting] = 0;
    j = 0
}

inline empty_stores() {
    do
    :: waiting -> remove(0)
    :: else -> break
    od
}

inline see() {
    seen_revoked = revoked
}

#define before1(i) (to[0] != to[i])
#define before2(i) (before1(i) && to[1] != to[i])
#define before3(i) (before2(i) && to[2] != to[i])

active proctype processor() {
    byte j;
end:
    do
    :: d_step { waiting -> remove(0) }
    :: d_step { waiting > 1 && !release[1] && before1(1) -> remove(1) }
    :: d_step { waiting > 2 && !release[2] && before2(2) -> remove(2) }
    :: d_step { waiting > 3 && !release[3] && before3(3) -> remove(3) }
    :: d_step { seen_revoked != revoked -> seen_revoked = revoked }
    od
}

#define has_room(stores) (waiting + stores <= STORES)

/* Of the owner. */
inline store(variable, what, is_release) {
    d_step {
        has_room(1);
        to[waiting] = variable;
        value[waiting] = what;
        release[waiting] = is_release;
        waiting++
    }
}

/* Of the owner: what it stored last, else what is visible. */
inline load(variable, what) {
    d_step {
        what = memory[variable];
        j = 0;
        do
        :: j < waiting ->
            if
            :: to[j] == variable -> what = value[j]
            :: else
            fi;
            j++
        :: else -> break
        od;
        j = 0
    }
}

/* The owner does what follows under the lock of all caches, up to owner_unlocks: all at once, for no one else can tell.
 * */
inline owner_locks() {
    !locked;
    see()
}

inline owner_unlocks() {
    empty_stores()
}

/* ------------------------------------------------------------------------------------------------------- the owner */

#ifdef WITHOUT_RELEASE_OF_PUSHES
#    define PUSH_RELEASE 0
#else
#    define PUSH_RELEASE 1
#endif
#ifdef WITHOUT_RELEASE_OF_BUSY
#    define BUSY_RELEASE 0
#else
#    define BUSY_RELEASE 1
#endif

/* Tells if the change is made. */
inline settle() {
#ifdef WITHOUT_SETTLING
    kept = 1
#else
    atomic {
        owner_locks();
        kept = !taken || taken_counts != counts;
        owner_unlocks();
#ifndef WITHOUT_UNDOING
        if
        :: !kept -> store(COUNTS, counts, 0)
        :: else
        fi
#endif
    }
#endif
}

inline receive(tag) {
    atomic {
        has_room(1);
        assert(b < 2);
        assert(place[b] == AT_HAND);
        place[b] = USED;
        store(STATES + b, tag, 0)
    }
}

inline pop() {
    atomic {
        has_room(1);
        load(COUNTS, counts);
        if
#ifdef WITHOUT_RELEASE_OF_POPS /* which lets the load of the block wait until after the store */
        :: counts -> store(COUNTS, counts - 1, 0)
#else
        :: counts -> load(BLOCKS + counts - 1, b); store(COUNTS, counts - 1, 1)
#endif
        :: else
        fi
    }
#ifdef WITHOUT_RELEASE_OF_POPS
    if
    :: counts -> load(BLOCKS + counts - 1, b)
    :: else
    fi
#endif
}

/* Allocates what is at hand, if anything is. */
inline allocate() {
    pop();
    if
    :: !counts
    :: counts && !seen_revoked -> receive(TAG)
    :: counts && seen_revoked ->
        settle();
        if
        :: kept -> receive(LIVE)
        :: else
        fi
    fi
}

/* Frees the block `b`, whose byte says that it is from this cache. */
inline push() {
    atomic {
        has_room(3);
        load(COUNTS, counts);
        place[b] = AT_HAND;
        store(STATES + b, FREE, 0);
        store(BLOCKS + counts, b, 0);
        store(COUNTS, counts + 1, PUSH_RELEASE)
    }
    if
    :: !seen_revoked
    :: seen_revoked ->
        settle();
        if
        :: kept
        :: else ->
            atomic {
                has_room(1);
                assert(place[b] == AT_HAND);
                place[b] = USED;
                store(STATES + b, LIVE, 0)
            }
        fi
    fi
}

/* The thread, which holds the lock, makes a cache that was taken one that has nothing at hand. */
inline restore() {
    if
    :: taken ->
        empty_stores(); /* makes room: they are to be visible soon anyhow */
        store(COUNTS, 0, 0);
        taken = 0;
        taken_counts = 0
    :: else
    fi
}

/* Begins to use more of the cache than a stack. */
inline use() {
    do
    :: store(BUSY, 1, 0);
        if
        :: d_step { has_cache && !seen_revoked -> inside = 1 }
            break
        :: atomic {
                !has_cache || seen_revoked;
                owner_locks();
                restore();
                has_owner = 1;
                has_cache = 1;
                revoked = 0;
                see();
                owner_unlocks()
            }
        fi
    od
}

inline done() {
    atomic { has_room(1); inside = 0; store(BUSY, 0, BUSY_RELEASE) }
}

#define in_span(i) (place[i] == IN_BIN || place[i] == IN_CENTRAL)

/* Lets an empty stack have a block of a span, which is to be allocated. */
inline refill() {
    atomic {
        has_room(2);
        load(COUNTS, counts);
        b = NOTHING;
        if
        :: counts
        :: !counts && in_span(0) -> b = 0
        :: !counts && in_span(1) -> b = 1
        :: !counts && !in_span(0) && !in_span(1)
        fi;
        if
        :: b != NOTHING ->
            place[b] = AT_HAND;
            drawn++;
            store(BLOCKS, b, 0);
            store(COUNTS, counts + 1, 0)
        :: else
        fi
    }
}

/* Gives all that the stack holds back to spans. */
inline flush() {
    atomic {
        has_room(1);
        load(COUNTS, counts);
        do
        :: counts ->
            counts--;
            load(BLOCKS + counts, b);
            assert(b < 2);
            assert(place[b] == AT_HAND);
            place[b] = IN_BIN;
            drawn--
        :: else -> break
        od;
        store(COUNTS, counts, 0)
    }
}

inline give_spans() {
    if
    :: place[0] == IN_BIN -> place[0] = IN_CENTRAL
    :: else
    fi;
    if
    :: place[1] == IN_BIN -> place[1] = IN_CENTRAL
    :: else
    fi
}

/* The thread ends, and another one begins, which will get the cache. */
inline end_thread() {
    atomic {
        owner_locks();
        has_owner = 0;
        has_cache = 0;
        revoked = 0;
        see();
        restore();
        owner_unlocks();
        inside = 1
    }
    flush();
    d_step { empty_stores(); give_spans(); inside = 0; see() }
}

/* Counts agree, and no block is lost. */
inline check() {
    atomic {
        !locked;
        load(COUNTS, counts);
        if
        :: taken -> counts = 0
        :: else
        fi;
        assert(counts == (place[0] == AT_HAND) + (place[1] == AT_HAND));
        assert(drawn - counts == (place[0] == USED) + (place[1] == USED));
        counts = 0
    }
}

active proctype owner() {
    byte b, counts, j, state;
    bit kept, has_cache;
end:
    do
    :: has_cache ->
        allocate();
        d_step { b = 0; counts = 0; kept = 0 }
    :: atomic {
            if
            :: place[0] == USED -> b = 0
            :: place[1] == USED -> b = 1
            fi;
            load(STATES + b, state);
            assert(state == TAG || state == LIVE)
        }
        if
        :: has_cache && state == TAG -> push()
        :: else -> /* sets it aside */
            use();
            atomic {
                has_room(1);
                assert(place[b] == USED);
                store(STATES + b, FREE, 0);
                place[b] = IN_BIN;
                drawn--
            }
            done()
        fi;
        d_step { b = 0; counts = 0; kept = 0; state = 0 }
    :: use();
        refill();
        pop();
        if
        :: counts -> receive(TAG)
        :: else
        fi;
        done();
        d_step { b = 0; counts = 0 }
    :: use();
        flush();
        done();
        b = 0
    :: has_owner -> end_thread(); b = 0
    :: check()
    od
}

/* ------------------------------------------------------------------------------------------------------- the others */

/* Gives the block back that is at `i` in the stack. */
inline give(i) {
    if
    :: taken_counts > i ->
        assert(memory[BLOCKS + i] < 2);
        assert(place[memory[BLOCKS + i]] == AT_HAND);
        place[memory[BLOCKS + i]] = IN_CENTRAL;
        drawn--
    :: else
    fi
}

inline take() {
    assert(!inside);
    taken_counts = memory[COUNTS];
    d_step { give(0); give(1); give_spans(); assert(!inside) }
#ifdef WITHOUT_LEAVING_COUNTS
    memory[COUNTS] = 0;
#endif
    d_step { memory[BLOCKS] = NOTHING; memory[BLOCKS + 1] = NOTHING; taken = 1 }
}

active [TAKERS] proctype taker() {
    byte j;
end:
    do
    :: d_step { !locked && has_owner && !taken -> locked = 1; revoked = 1 }
        if
#ifdef WITHOUT_BARRIER
        :: true
#else
        :: d_step { empty_stores(); see() }
#endif
            if
#ifdef WITHOUT_BUSY
            :: true
#else
            :: !memory[BUSY]
#endif
                -> take()
            :: memory[BUSY] -> revoked = 0
            fi
        :: revoked = 0 /* the system has no such barrier */
        fi;
        d_step { locked = 0; forget_slots() }
    od
}

/* Of the two blocks, which are alike, one is enough. */
active proctype other() {
end:
    do
    :: d_step { place[0] == IN_CENTRAL -> place[0] = USED_BY_OTHER; memory[STATES] = OTHERS_TAG }
        d_step { assert(memory[STATES] == OTHERS_TAG); memory[STATES] = FREE; place[0] = IN_CENTRAL }
    od
}
