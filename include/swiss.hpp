/* swiss.hpp - swiss/map.hpp by the name that it has beside the two-file library (swiss/amalgamate): a program that
 * includes this one does not change when it takes swiss in another way. */
#include "swiss/map.hpp"
