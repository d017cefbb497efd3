/* The yardstick: how long libpcap alone takes to hand out every frame of a capture. */
#include <pcap/pcap.h>
#include <stdio.h>

int main(int count, char **arguments) {
  char message[PCAP_ERRBUF_SIZE];
  if (count != 2) return 64;
  pcap_t *capture = pcap_open_offline(arguments[1], message);
  if (!capture) {
    fprintf(stderr, "%s\n", message);
    return 66;
  }
  struct pcap_pkthdr *header;
  const u_char *bytes;
  unsigned long frames = 0, length = 0;
  while (pcap_next_ex(capture, &header, &bytes) == 1) {
    frames++;
    length += header->caplen;
  }
  printf("%lu frames, %lu bytes\n", frames, length);
  pcap_close(capture);
  return 0;
}
