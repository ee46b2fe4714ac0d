/* end.h - the end of a template: undefines its parameters and the macros of begin.h. */

/* The parameters. */
#undef SWISS_NAME
#undef SWISS_KEY
#undef SWISS_VALUE
#undef SWISS_HASH
#undef SWISS_HASH_AVALANCHES
#undef SWISS_HASH_KEYED
#undef SWISS_EQUAL
#undef SWISS_KEY_DROP
#undef SWISS_VALUE_DROP
#undef SWISS_KEY_CLONE
#undef SWISS_VALUE_CLONE
#undef SWISS_LOOKUP
#undef SWISS_LOOKUP_HASH
#undef SWISS_LOOKUP_EQUAL
#undef SWISS_LOOKUP_MAKE
#undef SWISS_DECLARE
#undef SWISS_DEFINE

/* The macros. */
#undef SWISS_FN_
#undef SWISS_PASTE_
#undef SWISS_PASTE_NOW_
#undef SWISS_ENTRY_
#undef SWISS_LINKAGE_
#undef SWISS_LINKAGE_OF_LOOPS_
#undef SWISS_CAN_CLONE_
#undef SWISS_IS_KEYED_
#undef SWISS_NAN_APART_
#undef SWISS_COMMA_VALUE_
#undef SWISS_COMMA_VALUES_
#undef SWISS_COMMA_VALUES_PASSED_
#undef SWISS_COMMA_VALUE_I_
#undef SWISS_COMMA_VALUE_AT_
#undef SWISS_COMMA_VALUE_PASSED_
#undef SWISS_COMMA_VALUE_ADDRESS_
#undef SWISS_COMMA_VALUE_I_ADDRESS_
#undef SWISS_DROP_
#undef SWISS_CLONE_
