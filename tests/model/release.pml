/* release.pml - how counted objects end (swiss/ref.c), in Promela, for spin:
 *
 *     spin -a release.pml && gcc -DSAFETY -w -o pan pan.c && ./pan -m1000000
 *
 * One object, two threads that begin with a strong reference and one with a weak one. Each of them upgrades, makes weak
 * references, drops and releases as often as may be, until it has none. The object has a cleanup that runs on the thread
 * that releases last, and one that another thread runs, from a queue; the first retains and releases the object, which
 * is misuse. Checked in every interleaving: the cleanups run once, while no one has a strong reference and none is to
 * be had; no one touches the block when it is freed; and at the end it is.
 *
 * That threads see what others wrote is not in it: each step is seen by all at once. The counts do not get full here.
 *
 * Each WITHOUT_... defined leaves out a step, and is an error that is found: the test tries all of them.
 */
#define MOST 100
#define DEAD_FROM 150
#define DEAD 200

byte strong = 2;
#ifdef WITHOUT_ONE_WEAK_FOR_ALL_STRONG
byte weak = 1;
#else
byte weak = 2;
#endif
bit freed;

/* What holds, told from outside. */
byte holders = 2;      /* of strong references */
byte cleanups_run;
bit queued;

inline touch() {
    assert(!freed)
}

inline free_block() {
    touch();
    freed = 1
}

inline drop() {
#ifdef WITHOUT_ATOMIC_DROP
    touch();
    old = weak;
    weak = old - 1;
#else
    atomic { touch(); old = weak; weak = weak - 1 }
#endif
    if
    :: old == 1 -> free_block()
    :: else
    fi
}

/* What a cleanup must not do, and what comes of it. */
inline misuse() {
    atomic { touch(); old = strong; strong = strong + 1 }
    if
    :: old == 0 || old > MOST -> strong = DEAD
    :: else
    fi;
    atomic { touch(); old = strong; strong = strong - 1 }
    assert(old != 1); /* it would end once more */
    if
    :: old == 0 || old > MOST -> strong = DEAD
    :: else
    fi
}

inline run_cleanup() {
    d_step {
        touch(); /* its argument may lie in the object */
        assert(holders == 0);
        cleanups_run++
    }
}

inline end_object() {
    touch();
#ifndef WITHOUT_MARKING_THE_DEAD
    strong = DEAD;
#endif
    /* The newest cleanup goes to the queue. */
#ifndef WITHOUT_A_WEAK_FOR_THE_QUEUE
    atomic { touch(); weak = weak + 1 }
#endif
    assert(!queued);
    queued = 1;
    /* The other runs here. */
    run_cleanup();
    misuse();
#ifndef WITHOUT_ONE_WEAK_FOR_ALL_STRONG
    touch();
    if
    :: weak == 1 -> free_block()
    :: else -> drop()
    fi
#endif
}

inline release() {
    holders--;
#ifdef WITHOUT_ATOMIC_RELEASE
    touch();
    old = strong;
    touch();
    strong = old - 1;
#else
    atomic { touch(); old = strong; strong = strong - 1 }
#endif
    if
    :: old == 1 -> end_object()
    :: else
    fi
}

inline upgrade() {
    touch();
    old = strong;
    do
#ifdef WITHOUT_REFUSING_ZERO
    :: old > MOST -> break
    :: old <= MOST ->
#else
    :: old == 0 || old > MOST -> break
    :: old != 0 && old <= MOST ->
#endif
        atomic {
            touch();
            if
#ifdef WITHOUT_COMPARING
            :: true ->
#else
            :: strong == old ->
#endif
                strong = old + 1;
                assert(cleanups_run == 0); /* nothing revives it */
                holders++;
                has_strong = 1;
                break
            :: else -> old = strong
            fi
        }
    od
}

proctype thread(bit has_strong; bit has_weak) {
    byte old;
    do
    :: has_strong -> release(); has_strong = 0
    :: has_strong && !has_weak -> atomic { touch(); weak = weak + 1 }; has_weak = 1
    :: !has_strong && has_weak -> upgrade()
    :: has_weak -> drop(); has_weak = 0
    :: !has_strong && !has_weak -> break
    od
}

proctype drainer() {
    byte old;
    queued;
    run_cleanup();
#ifndef WITHOUT_A_WEAK_FOR_THE_QUEUE
    drop()
#endif
}

init {
    atomic { run thread(1, 0); run thread(1, 0); run thread(0, 1); run drainer() }
    _nr_pr == 1;
    assert(freed && cleanups_run == 2 && holders == 0)
}
