#include "CVendors.h"

static const unsigned char names[] = {
#embed "names.txt"
};
static const unsigned char prefixes24[] = {
#embed "prefixes24.txt"
};
static const unsigned char prefixes28[] = {
#embed "prefixes28.txt"
};
static const unsigned char prefixes36[] = {
#embed "prefixes36.txt"
};

// Lines of one width: the digits of the prefix, a space, the digits of the place, a line feed.
struct Table {
  const unsigned char *lines;
  uint32_t count;
  uint32_t digits;
};

enum { placeDigits = 6 };

static uint32_t width(uint32_t digits) { return digits + 1 + placeDigits + 1; }

static struct Table table(int bits) {
  switch (bits) {
  case 24: return (struct Table){prefixes24, sizeof prefixes24 / width(6), 6};
  case 28: return (struct Table){prefixes28, sizeof prefixes28 / width(7), 7};
  case 36: return (struct Table){prefixes36, sizeof prefixes36 / width(9), 9};
  default: return (struct Table){prefixes24, 0, 6};
  }
}

static uint64_t number(const unsigned char *text, uint32_t digits) {
  uint64_t value = 0;
  for (uint32_t index = 0; index < digits; index++) {
    unsigned char digit = text[index];
    value = value << 4 | (uint64_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
  }
  return value;
}

uint32_t vendorPrefixCount(int bits) { return table(bits).count; }

uint64_t vendorPrefix(int bits, uint32_t index) {
  struct Table found = table(bits);
  if (index >= found.count) return 0;
  return number(found.lines + index * width(found.digits), found.digits);
}

uint32_t vendorNamePlace(int bits, uint32_t index) {
  struct Table found = table(bits);
  if (index >= found.count) return sizeof names;
  return (uint32_t)number(found.lines + index * width(found.digits) + found.digits + 1, placeDigits);
}

uint8_t vendorNameByte(uint32_t place) { return place < sizeof names ? names[place] : '\n'; }
