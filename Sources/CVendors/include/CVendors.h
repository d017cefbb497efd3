// Who made a network card: the prefixes of MAC addresses that the IEEE gave out, and their holders' names.
// The tables are text files that generate.py makes; the compiler puts them into the program as they are.
#pragma once

#include <stdint.h>

// The number of prefixes that are 24, 28 or 36 bits long; 0 for another length.
uint32_t vendorPrefixCount(int bits);
// The prefix at an index, in ascending order; 0 where there is none.
uint64_t vendorPrefix(int bits, uint32_t index);
// Where the name of its holder begins among the names: `VMware` TAB `VMware, Inc.` LF.
uint32_t vendorNamePlace(int bits, uint32_t index);
// The byte of the names at a place; LF beyond their end.
uint8_t vendorNameByte(uint32_t place);
