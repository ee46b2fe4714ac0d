/* handover.pml - how an owner learns of what others free (swiss/heap/bin.c), in Promela, for spin:
 *
 *     spin -a handover.pml && gcc -DSAFETY -w -o pan pan.c && ./pan -m1000000
 *
 * One owner, one span of two slots that is used, filled, emptied, destroyed and made anew as often as may be, and two
 * others, each of whom frees one of the slots whenever it is given to them. Checked in every interleaving: a span is
 * not destroyed between its being claimed and its arrival; it is not pushed twice; no slot is free twice; and no free
 * slot is lost: a state in which no one can go on would be one, for the owner waits only while its span is full.
 *
 * That a thread sets others' blocks aside, and gives them back later, is here that the other holds its slot for longer;
 * that it gives several of one word by one atomic operation, that both others set their bits before either looks at
 * `waiting`.
 *
 * Each WITHOUT_... defined leaves out a step, and is an error that is found: the test tries all of them.
 */
#define TAKEN_BY_OWNER 1
#define TAKEN_BY_OTHER 2
#define NOT_TAKEN 0

byte holder[2];
bit is_free[2] = 1; /* the owner's bitmap */
bit freed[2];       /* the others' */
bit waiting, announced;
bit alive = 1;
byte claimers; /* between claim and push */

/* The owner's own notes. */
bit is_full, armed, got;

inline disarm() {
    if
    :: armed ->
        atomic {
            if
            :: waiting -> waiting = 0; armed = 0
            :: else
            fi
        }
    :: else
    fi
}

inline collect(i) {
    atomic {
        if
        :: freed[i] -> freed[i] = 0; assert(!is_free[i]); is_free[i] = 1
        :: else
        fi
    }
}

inline set_full() {
    is_full = 1;
    if
    :: !armed ->
        armed = 1;
        waiting = 1;
#ifndef WITHOUT_A_SECOND_LOOK
        got = freed[0];
        if
        :: got
        :: else -> got = freed[1]
        fi;
#endif
        if
        :: got ->
            disarm();
            if
            :: !armed -> is_full = 0
            :: else
            fi
        :: else
        fi
    :: else
    fi
}

/* The span is empty: it may be destroyed, and its record be another one. */
inline retire() {
#ifdef WITHOUT_DISARMING
    armed = 0;
#else
    disarm();
#endif
    if
    :: !armed ->
        alive = 0;
        assert(claimers == 0 && !announced);
        atomic { is_free[0] = 1; is_free[1] = 1; freed[0] = 0; freed[1] = 0; waiting = 0; is_full = 0; alive = 1 }
    :: true
    fi
}

active proctype owner() {
    byte i;
    do
    :: !is_full && (is_free[0] || is_free[1]) -> /* allocates, for itself or for another */
        if
        :: is_free[0] -> i = 0
        :: is_free[1] -> i = 1
        fi;
        is_free[i] = 0;
        if
        :: holder[i] = TAKEN_BY_OWNER
        :: holder[i] = TAKEN_BY_OTHER
        fi
    :: holder[0] == TAKEN_BY_OWNER || holder[1] == TAKEN_BY_OWNER -> /* frees */
        if
        :: holder[0] == TAKEN_BY_OWNER -> i = 0
        :: holder[1] == TAKEN_BY_OWNER -> i = 1
        fi;
        holder[i] = NOT_TAKEN;
        assert(!is_free[i]);
        is_free[i] = 1;
        is_full = 0;
        if
        :: is_free[0] && is_free[1] -> retire()
        :: else
        fi
    :: !is_full && !is_free[0] && !is_free[1] -> /* its turn comes */
        collect(0);
        collect(1);
        if
        :: !is_free[0] && !is_free[1] -> set_full()
        :: else
        fi
    :: announced ->
        announced = 0;
        armed = 0;
        is_full = 0;
        collect(0);
        collect(1);
        if
        :: is_free[0] && is_free[1] -> retire()
        :: else
        fi
    od
}

proctype other(byte i) {
    bit claimed;
end:
    do
    :: holder[i] == TAKEN_BY_OTHER ->
        holder[i] = NOT_TAKEN;
        assert(!is_free[i]);
        atomic { assert(!freed[i]); freed[i] = 1 }
        if
        :: waiting ->
            atomic {
#ifdef WITHOUT_CLAIMING
                claimed = 1;
#else
                claimed = waiting;
#endif
                waiting = 0;
                claimers = claimers + claimed
            }
            if
            :: claimed ->
                assert(alive); /* reads its bin */
                atomic { assert(alive && !announced); announced = 1; claimers-- };
                claimed = 0
            :: else
            fi
        :: else
        fi
    od
}

init {
    atomic { run other(0); run other(1) }
}
